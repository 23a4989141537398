"""English as `verbs` needs it: the words that decide how a sentence is built, and what any other word can be.

The closed classes, and the verbs that instructions open with, are sets of lower-case words. For the rest HanTa (a morphological tagger
whose model is in its wheel; Wartena 2019) says what a word can be, and its lemma. Every word is looked up once.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from HanTa.HanoverTagger import HanoverTagger


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


COMMANDS = words(
    """abbreviate act adapt add address advise alphabetize analyse analyze annotate answer apply argue arrange articulate ask assess
    assign author balance boil brainstorm break build calculate capitalize caption categorise categorize change characterize check
    choose cite clarify classify code combine come comment compare compile complete compose compress compute conclude condense conduct
    consider construct continue contrast convert copy correct count craft create critique curate debate debug decide deduce define
    delete deliver demonstrate derive describe design detect determine develop devise diagnose differentiate discover discuss
    distinguish divide draft draw edit elaborate eliminate enter enumerate estimate evaluate examine execute expand explain explore
    express extend extract factor factorise factorize fill filter find fix flip follow format formulate gather generate give group
    guess guide help highlight hypothesize identify illustrate implement improve include incorporate indicate infer insert inspect
    interpret introduce invent investigate judge justify keep label leave let link list locate look make map mark match measure
    mention merge modify name narrate note offer optimize order organise organize outline output paraphrase parse perform pick pitch
    plan play point post praise predict prepare present print prioritize produce proofread propose prove provide pull put quote rank
    rate react rearrange recast recommend reconstruct record redraft reduce refactor reformat reformulate refute remove rename reorder
    reorganize repeat rephrase replace reply report represent research respond restate restructure retell return reverse review revise
    reword rework rewrite rhyme role-play round run say schedule score script search select separate sequence set shorten show
    simplify simulate sing sketch solve sort specify spell split squeeze stage start state strip study subtitle suggest sum summarise
    summarize supply support swap take talk teach tell test think title toast trace track transcribe transform translate trim try turn
    type underline update use validate verify visualize walk warm weigh work write"""
)
SCENES = words("suppose imagine assume pretend picture")
NOT_COMMANDS = SCENES | words("do have be is are like may can will might must please following given need based")
DETERMINERS = words(
    """a an the this that these those my your his her its our their some any all each every both several many few no another other such
    more most less fewer enough either neither one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty
    fifty hundred thousand dozen"""
)
STARTERS = words("a an the this these those my your his her its our their me us")
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
QUESTION_WORDS = words("what which who whom whose when where why how")
BE = words("is are was were be been being am 's 're")
DO = words("do does did")
MODALS = words("can could should would will shall may might must")
HAVE = words("has have had")
AUXILIARIES = BE | DO | MODALS | HAVE
QUANTIFIERS = words("some all one any each most many few several both none two three four five half lot couple bit plenty number variety")
GIVING = words("give tell show teach send offer write assign hand ask lend grant award buy find make bring get pass pay read sell grade")
ENGLISH = AUXILIARIES | DETERMINERS | PRONOUNS | PREPOSITIONS | CONJUNCTIONS | CLAUSES | words("please not following")
FOREIGN = words(
    """der die das und ist ein eine einen einem einer nicht mit auf für von zu zum zur über den dem des im le la les un une du et est dans
    pour sur avec que qui aux el los las una unos y del para por con en es il lo gli di della per che sono een het van voor met og och av
    på som ett uma o os da do em não na ao e i w z się na do jest и в на не что mi tu su os sobre deux cinco drei cinq scrivi écris
    escribe schreibe schrijf"""
)
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


@cache
def tagger() -> HanoverTagger:
    """HanTa with its English model: half a second, once."""
    from HanTa.HanoverTagger import HanoverTagger

    return HanoverTagger("morphmodel_en.pgz")
