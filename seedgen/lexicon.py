"""English as `verbs` needs it: the words that decide how a sentence is built, and what any other word can be.

The closed classes, and the verbs that instructions open with, are sets of lower-case words. For the rest HanTa (a morphological tagger
whose model is in its wheel; Wartena 2019) says what a word can be, and its lemma. Every word is looked up once.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from seedgen.errors import UsageError

if TYPE_CHECKING:
    from HanTa.HanoverTagger import HanoverTagger


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMMANDS = words(
    """abbreviate abridge accept acknowledge acquire act activate adapt add address adjust admit adopt advertise advise advocate alert
    align allocate allow alphabetize alter amend amplify analyse analyze animate annotate announce answer anticipate apologise apologize
    append apply appraise approve approximate archive argue arrange articulate ask assemble assert assess assign assist assume attach
    audit authenticate author automate avoid award back balance bargain begin blend blog boil bold book boost borrow brainstorm break
    bring broaden browse build bundle buy calculate call cancel capitalize caption cast catalog catalogue categorise categorize
    celebrate challenge change characterize chart chat check cheer choose cite clarify classify clean clear click close cluster coach
    code collaborate collect combine come comfort command comment commit communicate compare compile complain complete compliment
    compose comprehend compress compute conceive conceptualise conceptualize conclude condense conduct configure confirm confront
    congratulate connect consider console construct consult contact contest continue contrast contribute control converse convert convey
    convince cook coordinate copy correct counsel count counter cover craft create critique cross curate cut dance deal debate debug
    decide decipher decline decode decorate decrease decrypt dedicate deduce deepen defend define delegate delete delineate deliver
    demonstrate denote depict deploy derive describe design detect determine develop devise diagnose dictate differ differentiate
    discover discuss distinguish diversify divide document draft dramatise dramatize draw drop duplicate echo edit educate elaborate
    elicit eliminate email embed embellish empathise empathize emphasise emphasize employ emulate encode encourage encrypt engage
    enhance enlarge enrich ensure enter enumerate envision erase escape establish estimate evaluate examine exclude excuse execute
    exemplify expand experiment explain explore export express extend extract extrapolate factor factorise factorize fetch fight figure
    fill filter finalise finalize find finish fit fix flag flip focus fold follow forecast foresee forge forget forgive formalise
    formalize format formulate forward frame gather gauge generalise generalize generate get give go grade graph greet group grow guess
    guide handle hash hear help hide highlight hire host humanise humanize hunt hypothesize identify ignore illustrate imitate implement
    import improve improvise include incorporate increase indicate infer inform initialise initialize initiate insert inspect install
    instruct integrate interact interpolate interpret interrupt interview introduce invent invert investigate invite italicise italicize
    itemise itemize iterate join joke jot judge justify keep label launch lead learn leave lend lengthen let lift limit link list listen
    load localise localize locate log look lower maintain make manage manipulate map mark match maximise maximize measure mediate
    memorise memorize mention merge mimic minimise minimize mix model modify monitor motivate move multiply mutate name narrate
    negotiate nest normalise normalize note notify observe offer open oppose optimise optimize order organise organize outline output
    paint pair paraphrase pare parody parse pass paste pause pay perform permute personalise personalize personify perturb phrase pick
    pinpoint pitch plan play plot point poll ponder populate pose post postulate practise praise predict prepare present press prevent
    print prioritize probe produce program programme promote pronounce proof proofread propose protect prototype prove provide provoke
    prune publish pull punctuate purchase push put quantify query quote raise randomise randomize rank rate react read rearrange rebut
    recall recap recast receive recite recognise recognize recollect recommend reconcile reconstruct record recount recreate recruit
    redesign redo redraft reduce refactor refer refine reflect reformat reformulate refuse refute register reject relate remember remind
    remix remove rename render reorder reorganize repeat rephrase replace reply report represent reschedule research resolve respond
    restate restore restructure restyle retell retrieve return reuse reveal reverse review revise reword rework rewrite rhyme ridicule
    roast role-play roleplay rotate round run sample satirise satirize save say scale scan schedule score scrape script search segment
    select send sentence separate sequence serve set share shift shop shorten shout show shuffle sign simplify simulate sing sketch
    slice smooth soften solve sort speak specify speculate spell spin split spot squeeze stage standardise standardize start state stay
    stop storyboard streamline strengthen strip structure study style subtitle subtract succeed suggest sum summarise summarize supply
    support surprise swap symbolise symbolize synthesise synthesize tabulate tackle tag tailor take talk taste teach tease tell test
    thank theorise theorize think tidy tighten title toast tokenise tokenize trace track trade train transcribe transfer transform
    translate transliterate transpose travel treat trick trim try turn tutor tweak tweet type uncover underline understand unpack
    unscramble update upgrade urge use utilise utilize validate vary verify versify vet view visualise visualize vote walk warm warn
    watch weave weigh welcome wish wonder word work write"""
)
SCENES = words("suppose imagine assume pretend picture")
NOT_COMMANDS = SCENES | words("do have be is are like may can will might must please following given need based")
LIGHT = words("do have need")
"""Commands only before a noun phrase, where nothing is asked: "Have a look"."""
DETERMINERS = words(
    """a an the this that these those my your his her its our their some any all each every both several many few no another other such
    more most less fewer enough either neither one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty
    fifty hundred thousand dozen"""
)
STARTERS = words("a an the this these those my your his her its our their me us each every any some")
PRONOUNS = words(
    """i me you he him she her it us we they them this these those myself yourself himself herself itself ourselves themselves something
    anything everything nothing someone anyone everyone somebody anybody everybody one another"""
)
RECEIVERS = words("me us you him her them")
SUBJECTS = words("i you he she it we they there this that these those someone people")
PREPOSITIONS = words(
    """of in on at by for with about from to into onto over under between among through during before after above below against without
    within as than like per via across along around behind beside beyond despite except near since toward towards until upon versus vs
    regarding concerning including based given using such following"""
)
PARTICLES = words("up down out off away back together aside forth apart")
PARTICLE_VERBS = {"in": words("fill put hand type turn bring"), "over": words("go look think"), "through": words("think talk")}
CONJUNCTIONS = words("and or but nor & so yet plus")
CLAUSES = words("what which who whom whose when where why how if whether that because while although though unless so")
CLAUSE_ENDS = words(", : ? ( to that if when and or")
RELATIVES = words("who whom whose that which")
QUESTION_WORDS = words("what which who whom whose when where why how")
BE = words("is are was were be been being am 's 're")
DO = words("do does did")
MODALS = words("can could should would will shall may might must")
HAVE = words("has have had")
AUXILIARIES = BE | DO | MODALS | HAVE
QUANTIFIERS = words("some all one any each most many few several both none two three four five half lot couple bit plenty number variety")
COPULAR = words("be become feel get go grow have keep look remain seem sell smell sound start stay stop taste turn")
"""What follows these without an article says how, or what is left: "turn red", "keep dying"."""
COMPLEMENTS = frozenset("JPDAGC")
GIVING = words("give tell show teach send offer write assign hand ask lend grant award buy find make bring get pass pay read sell grade")
ENGLISH = AUXILIARIES | DETERMINERS | PRONOUNS | PREPOSITIONS | CONJUNCTIONS | CLAUSES | words("please not following")
FOREIGN = words(
    """aan ab aber aby adalah af agar agli ai akan aku al alla alle als ama ancak anche anda andika ani ao aos apa apakah atau att até au
    auch auf aus av avec ay az až bagaimana bagi bahwa bana banyak bei berapa berikan berätta beschreibe bez bij bir biraz bisa bist
    bitte blev bo bu buat buatlah byl być był była bài být bạn bằng ce cela cerita ces cet cette che chez chi cho ci cinco cinq co como
    con cosa crie cu cua cual cuando cuatro cuenta cui cuál czy czym các cái có cómo cümleyi của da daha dal dalam dalla dame dann dans
    dari das dass dat de degli dei dein del della delle dello dem dengan denn der deras des desde det deux deze di dia dig diga dime
    dimmi din dir dit diye dla doch donde donne dont dos drei drie du durch dus där då décris dê ed een efter egy egyet ei ein eine
    einem einen einer eines ej el ela ele elenca eleza ella elle eller elles ellos em en entre er erklär erkläre erstelle es esa escreva
    escribe ese essa esse est esta este esto estos está están et ett eu explica explică explique fais fait fasse faça fem foi forklar
    fortæl fra från fue för förklara fünf für ge geef gi gib gibi giải gli gì ha haar hacer hai hakkında han hangi har hauptstadt haz
    heb heeft het hij ho hoe hogy hoofdstad hur huvudstad hva hvad hvem hvilke hvilken hvor hvordan hvorfor hãy hỏi ich icke ihr ik ikke
    il ile ils im ini inte isang ise isso ist itu için jak jaka jaki jakie jako jaká jaké jaký je jeg jeho jelaskan jest jestem jij jsem
    jsi jsou juga już kadar kamu kan kann kannst kanssa karena katika kde kdo když ke kell kepada kerro không ki kiedy kirjoita která
    které který kto która które który kuhusu kuin kuka kun kwa können la las le lei les leur lhe lima liste lo loro los lub lui là làm
    ma maak maar magyarázd mais mas med meer meg mein mellan mellem mengapa metni meu mga mi mia mich mig mijn mik mikä milyen minha mio
    mir mis missä mit miten mitä mnie moi mon mot może mu muito muy má más même mü mı můj một na naar nach nad napisz napiš nasıl ne
    nebo neden nedir nei nejsou nel nella nem nenn nenne není nerede neresidir ng những nicht nie niet niin nini noch noem nog non nos
    nous nu nur nào này não när nós năm och od oder og olan olarak oleh om onder ook op oraz ou ovat oversæt ozetle où pada par parle
    pas pe pela pelo pentru perché pero più po podaj podle poema poesia por porque pour pourquoi printr proč przed przetłumacz przez
    przy puedes på přelož při qu quais qual quale quali quand quando que quel quelle quelles quello quels quem questa queste questo qui
    quien quoi qué ra raconte resuma riassumi résume rất sa sao sau saya schreib schreibe schreiben schrijf scrie scrivi se sebagai
    sebuah sebutkan seguente sei sekä selitä sem sen seperti ser ses seu seus si siapa sich sie sig siguiente sind się skal skriv skulle
    sobre som sono sonra sont sorolj sous spiega spune su sua suivant suivante sul sulla sumulat sunt suo sur sus své são să są sẽ ta
    tak também te tego tem tentang terjemahkan tes testo theo thì thích thế ti tidak tiene tiga till todo toi tra traduce traduci
    traduis traduza tre tres trois trong trzy très três tu tulis tuliskan tus tym tři tại từ uit um uma un una und unde une uno unos uns
    unter untuk upp ut uw vad vagy var varför ve ved veel vem vertaal vertel veya vi vid vier vijf viết você voi vom von voor vor vos
    votre vous vysvětli và være vì về với wa waar waarom wanneer warum wat welche welches welke wenn wer werd werden wie wiersz wij wir
    wird wo worden wordt wyjaśnij wymień ya yang yap yaz yazın yo za zal zdanie ze zich zijn zo zu zum zur zwei zwischen är çeviri çok è
    écrire écris és être írd írj în într översätt özetle über übersetze üzerine üç đây đã được để şu że že și в для и из как какая какое
    какой на не о по с что это ở"""
)
"""Function words of German, French, Spanish, Portuguese, Italian, Dutch, Polish, Czech, Turkish, Vietnamese, Indonesian, Swedish, Danish
and a few others, and the verbs their instructions open with; none that is English too."""
ONLY_ENGLISH = ENGLISH - words("a am an as at be by do for he her him his i in is it me most my no of on or over per so to us was we will")
"""Words that tell English from its neighbours."""
CODE_LINE = re.compile(
    r"""^\s*(?:
      (?:def|class|func|fn|function)\ \w+\s*[(:<{] | (?:import|from)\ [\w.]+(?:\ (?:as|import)\ [\w.*,\ ]+)?;?$
    | \#include\b | return(?:\ [\w.]+;?$|\b.*[-+*/=()\[\];])
    | (?:for|while|if|elif|else|try|except|with)\b.*[:{]$
    | (?:public|private|static|const|let|var|int|float|double|char|void|final)\ \w
    | (?:SELECT|FROM|WHERE|GROUP\ BY|ORDER\ BY|(?:LEFT\ |INNER\ )?JOIN)\ [\w*(]
    | (?i:insert\ into|update|delete\ from|create\ table)\ \w+\ ?(?:\(|(?i:values|set|where)\b)
    | \w[\w.\[\]]+\([^()]*\)\ *[;{]?$
    | \w[\w.\[\]]*\ ?[-+*/|&]?=\ ?(?!.*\b\w{2,}+\ \w{2,}+\ \w{2,})\S.*$ | </?\w+[^>]*>.* | [{}()\[\]]+[;,]?$
    | (?://|\#!|>>>|\$\ ) | (?!.*\b[A-Za-z]{2,}+\ [a-z]{2,}+\ [a-z]{2,}).*[(){}\[\]=<>"].*[;{}]$
    )""",
    re.VERBOSE,
)
"""A line that looks like a program's."""
SPELT_OUT = (
    (re.compile(r"\b(what|who|where|how|that|there|here|when|why)['’]?s\b", re.IGNORECASE), r"\1 is"),
    (re.compile(r"\b(it|he|she)['’]s\b", re.IGNORECASE), r"\1 is"),
    (re.compile(r"\bcan['’]t\b", re.IGNORECASE), "can not"),
    (re.compile(r"\bwon['’]t\b", re.IGNORECASE), "will not"),
    (re.compile(r"n['’]t\b", re.IGNORECASE), " not"),
    (re.compile(r"(?<=\bi)['’]m\b", re.IGNORECASE), " am"),
    (re.compile(r"(?<=\w)['’]re\b", re.IGNORECASE), " are"),
    (re.compile(r"(?<=\w)['’]ve\b", re.IGNORECASE), " have"),
    (re.compile(r"(?<=\w)['’]ll\b", re.IGNORECASE), " will"),
    (
        re.compile(
            r"\b(?:at (?:least|most)|up to|(?:no )?(?:more|fewer|less) than)\s+(?=\d|(?:one|two|three|four|five|six|ten)\b)", re.IGNORECASE
        ),
        "",
    ),
)
"""Contractions, and their full forms; and what only qualifies a number."""
UNMARKED = (SPELT_OUT[0], SPELT_OUT[-1])
"""Those of them that may be there without an apostrophe."""
ADVERB = r"(?!(?:app|fami|multip|rep|re|supp|imp|comp|f|f|fol|ita|bul|a|ju|assemb|anoma)ly\b)[a-z]+ly"
LEADING_ADVERB = re.compile(rf"(?:{ADVERB}|perhaps|maybe|also|just|always)(?:\ ,)?\ ")
LEAD_IN = re.compile(
    r"""(?:
      [\W\d]+ | (?:task|question|instruction|prompt|problem|exercise|request|query|step|part|q)\ ?\d*\ :
    | (?:please|pls|kindly|now|then|next|first|second|third|ok|okay|hi|hello|hey|so|and|but|again|instead|if\ possible)(?:\ ,)?
    | would\ you\ mind | i\ need\ help(?:\ to|\ with)?
    | (?P<sure>(?:would|will)\ you\ be\ (?:able|willing)\ to | (?:can|could|would|will)\ (?:you|we|u)(?=\ (?!be\b|have\b)\w)
      | (?:i\ (?:want|need|expect|ask|wish|would\ like|would\ love|am\ asking)|i'd\ (?:like|love))\ (?:for\ )?you\ to
      | (?:if\ )?you\ could(?=\ help\ me)
      | (?:i\ (?:was|am)\ wondering|i(?:\ would|'d)\ appreciate\ it|(?:it|that)\ would\ be\ \w+|do\ you\ think|would\ it\ be\ possible)
        \ (?:if\ |that\ |for\ )?(?:you|we)\ (?:could|can|would|might|to)
      | you\ (?:will\ |also\ |then\ |now\ )?
          (?:(?:need|have|ought|are\ (?:required|asked|expected|going|supposed|tasked\ with)|be\ (?:required|asked))\ to
          |should|must|will\ (?!(?:be|read|see|get|receive|hear|find)\b)|are\ to)
      | (?:are|is)\ (?:required|asked|expected)\ to
      | (?:your|the|my|our)\ (?:\w+\ )?(?:task|job|goal|objective|aim|mission|assignment|role|challenge)
        \ (?:here\ |now\ )?(?:is|will\ be)\ to
      | let\ (?:us|me)|let's | help\ (?:me|us)(?:\ to)?(?=\ (?!with\b|on\b|about\b|out\b)\w) | how\ to | (?:do\ not|never)
      | (?:feel\ free|be\ sure|make\ sure|do\ your\ best|do\ not\ forget|remember|try)\ to)
    )(?:\ |$)""",
    re.VERBOSE,
)
"""What may stand before a command, words parted by one space; after `sure` nothing but a verb can follow."""
OBLIGATION = re.compile(
    r"(?:^|\ )(?:(?:you|and)\ (?:\w+\ )?(?:need|have|are\ required|are\ asked|are\ expected|will\ be\ required|will\ be\ asked)\ to"
    r"|you\ (?:should|must|will(?!\ (?:be|read|see|get|receive|hear|find)))"
    r"|i\ (?:want|would\ like|need)\ you\ to|(?:task|job|goal|objective|aim|role)\ is\ to)\ "
)
WISH = re.compile(
    r"(?:^|\ )(?:i|we)(?:\ (?:\w+\ )?(?:want|wish|need|have|(?:would|will)\ (?:like|love|need|have))|'d\ (?:like|love))\ to\ "
)
"""What somebody is to do: a request if nothing else is."""
# Unions that are asked for often.
NOMINAL = DETERMINERS | PRONOUNS
ARTICLES = DETERMINERS - {"that", "this"}
OBJECT_STARTS = NOMINAL | CLAUSES
JOINTS = PREPOSITIONS | CONJUNCTIONS
CLOSED = DETERMINERS | PREPOSITIONS | CLAUSES | AUXILIARIES | CONJUNCTIONS
LINKS = MODALS | HAVE
FINITE = BE | LINKS
HELPERS = DO | LINKS
GRAMMAR = ENGLISH - COMMANDS
COORDINATED = COMMANDS | {"and", "then"}
PURE = (AUXILIARIES - {"do", "have", "will", "may", "might"}) | {"a", "an", "the", "of", "to", "and", "or"}
"""Words that are never anything but grammar."""


class Word(NamedTuple):
    """What a word can be, as letters: N noun, B base verb, Z D P G its other forms (-s, past, participle, -ing), J adjective,
    C its comparative, A adverb.

    `main` is the likeliest of them, "" for a word of a closed class or a sign.
    """

    main: str
    kinds: str
    plural: bool = False


TAGS = {
    "NN": "N",
    "NP": "N",
    "VVB": "B",
    "VVI": "B",
    "VVZ": "Z",
    "VVD": "D",
    "VVN": "P",
    "VVG": "G",
    "AJC": "C",
    "AJ": "J",
    "AV": "A",
    "ORD": "J",
}
TAG_OF = {"Z": "VVZ", "D": "VVD", "P": "VVN", "G": "VVG"}
LONGEST = 40
"""In characters; what is longer is no English word, and would take the tagger long."""
RARER = 5.0
"""A reading counts if it is at most e^5 times rarer than the commonest one."""


@lru_cache(maxsize=1 << 16)
def kind(word: str) -> Word:
    """What a word can be, by HanTa. Words that are only ever grammar have no kind."""
    if not word[:1].isalpha() or word in PURE:
        return Word("", "")
    if len(word) > LONGEST:
        return Word("N", "N")
    readings = tagger().tag_word(word, cutoff=RARER, casesensitive=False)
    best = readings[0][1] if readings else 0.0
    kinds = [TAGS.get(tag) or TAGS.get(tag[:2], "") for tag, score in readings if score >= best - RARER]
    if not any(kinds) and "-" in word:
        kinds = ["N"]
    if word in COMMANDS and "B" not in kinds:
        kinds.append("B")
    return Word(kinds[0] if kinds else "", "".join(dict.fromkeys(kinds)), bool(readings) and readings[0][0] == "NN2")


@lru_cache(maxsize=1 << 16)
def lemma(word: str, form: str) -> str:
    """The lemma of a word read as a noun ("N") or as a form of a verb ("Z", "D", "P", "G"; in any other it is the word)."""
    if word in HAVE or (word in DO and form != "N"):
        return "have" if word in HAVE else "do"
    if form in TAG_OF:
        return str(tagger().analyze(word, pos=TAG_OF[form])[0]).lower()
    if form != "N":
        return word
    stem, _, last = word.rpartition("-")
    if len(last) > LONGEST:
        return word
    nouns = [tag for tag, _ in tagger().tag_word(last, casesensitive=False) if tag.startswith("NN")]
    noun = str(tagger().analyze(last, pos="NN2")[0]).lower() if nouns[:1] == ["NN2"] else last
    if noun.endswith("ie") and last == noun + "s" and noun not in tagger().cache:
        noun = noun[:-2] + "y"  # a plural that HanTa does not know, and cuts short
    return f"{stem}-{noun}" if stem else noun


@lru_cache(maxsize=1 << 12)
def respelt(word: str) -> str:
    """The command that an unknown word misspells by one letter, or by two that changed places; else the word."""
    from rapidfuzz.distance import OSA

    if len(word) < 5 or len(word) > LONGEST or not word.isalpha() or word in COMMANDS or word in tagger().cache:
        return word
    return min((c for c in COMMANDS if OSA.distance(word, c, score_cutoff=1) <= 1), default=word)


@cache
def tagger() -> HanoverTagger:
    """HanTa with its English model: half a second, once. Raises `UsageError` if they are not installed."""
    model = tagger_model()
    from HanTa.HanoverTagger import HanoverTagger

    return HanoverTagger(str(model))


def tagger_model() -> Path:
    """The file in HanTa's own folder. It is unpickled, so it runs as code; a bare name HanTa looks for in the working directory first."""
    package = find_spec("HanTa")
    folders = (package and package.submodule_search_locations) or ()
    found = next((file for folder in folders if (file := Path(folder).absolute() / "morphmodel_en.pgz").is_file()), None)
    if found is None:
        raise UsageError("the tagger's English model is not installed; pip install --force-reinstall HanTa")
    return found
