"""Phrases with a right answer (facts, labels, code, translations …), and the sentences that other answers are put together from.

Data only. A dict's keys fill a slot of the grammar; its values are what the answer needs to be right.
"""

from __future__ import annotations

from seedgen.scripted.words import phrases


def pairs(block: str) -> dict[str, str]:
    """Lines of "key = value"."""
    found = (line.partition(" = ") for line in block.strip().splitlines())
    return {key.strip(): value.strip() for key, _, value in found}


WHY = pairs("""
    why bread rises = Yeast feeds on the sugars in the dough and gives off carbon dioxide, which fills it with bubbles.
    why the sky is blue = Air scatters short wavelengths of sunlight far more than long ones, so blue light reaches us from every side.
    why ships of steel float = A hull encloses so much air that, on the whole, the ship weighs less than the water it pushes aside.
    why leaves turn yellow in autumn = The tree takes its green chlorophyll back, and the yellow pigments that were there all along show.
    why we see lightning before we hear thunder = Light arrives almost at once, while sound needs about three seconds for each kilometre.
    why onions make us cry = Cutting them frees a sulphur compound that turns to a weak acid in the moisture of the eye.
    why the Moon has phases = We see more or less of its sunlit half as it travels round the Earth.
    why salt melts ice = Dissolved salt lowers the freezing point of water, so ice just below zero turns liquid.
    why bees dance = The dance tells other bees in which direction, and how far away, they will find food.
    why deserts are cold at night = Dry air and a clear sky hold little heat, so the ground loses it quickly after sunset.
    why popcorn pops = Water inside the kernel turns to steam until the hard shell bursts and the starch puffs up.
    why the sea is salty = Rivers carry dissolved minerals into it, and evaporation takes only the water away again.
    why we have leap years = The Earth needs about 365.2422 days for one orbit, so an extra day now and then keeps the seasons in place.
    why cats land on their feet = They twist the front and the back of the body separately in the air, with no push from outside.
    why soap cleans greasy hands = One end of its molecule clings to fat and the other to water, so the fat is rinsed away.
    why paper yellows with age = Lignin left in the paper reacts with oxygen and light and turns brown.
    why we yawn when others do = Yawning is contagious, probably because we copy the state of those around us.
    why mountains are colder than valleys = Air expands as it rises, and expanding air cools.
    why a boomerang returns = Its spinning arms give uneven lift, and that turns its path into a circle.
    why tides happen twice a day = The Moon raises one bulge of water on its side and one on the far side, and the Earth turns through both.
    why milk boils over = Proteins form a skin that traps the steam until it lifts the whole surface.
    why iron rusts = Iron reacts with oxygen and water to form a flaky oxide that does not protect the metal below.
    why geese fly in a V = Each bird gains lift from the air that rises beside the wing tip in front of it.
    why glass is transparent = The energy of visible light is too small to lift its electrons to a free level, so light passes through.
""")
COMPARE = pairs("""
    weather and climate = Weather is what happens in the air from day to day; climate is its pattern over decades.
    a simile and a metaphor = A simile says that one thing is like another; a metaphor says that it is the other.
    mass and weight = Mass is the amount of matter and is the same everywhere; weight is the pull of gravity on it.
    a virus and a bacterium = A bacterium lives and divides by itself; a virus needs the cells of a host.
    a crocodile and an alligator = A crocodile's snout is narrow and shows the lower teeth; an alligator's is broad and hides them.
    a sea and an ocean = Oceans are the largest bodies of salt water; seas are smaller and partly enclosed by land.
    speed and velocity = Speed says how fast something moves; velocity also says in which direction.
    a democracy and a republic = In a democracy the people decide; a republic is a state without a monarch, democratic or not.
    a debit card and a credit card = A debit card takes money from your account at once; a credit card lends it until the bill comes.
    a stack and a queue = A stack returns the last item first; a queue returns the first item first.
    inflation and interest = Inflation is the rise of prices; interest is the price of borrowing money.
    a fruit and a vegetable = To a botanist a fruit carries the seeds of a plant; vegetables are its other edible parts.
    a comet and an asteroid = A comet is icy and grows a tail near the Sun; an asteroid is rock or metal and has none.
    empathy and sympathy = Empathy is feeling with someone; sympathy is feeling sorry for them.
    a violin and a viola = The viola is larger and tuned a fifth lower than the violin.
    a barometer and a thermometer = A barometer measures air pressure; a thermometer measures temperature.
    a novel and a novella = A novella is shorter and usually follows a single thread.
    compiled and interpreted languages = A compiler translates a program before it runs; an interpreter carries it out as it reads it.
    a moth and a butterfly = Butterflies fly by day and have clubbed antennae; most moths fly by night and theirs are feathery or plain.
    a lake and a reservoir = A lake is natural; a reservoir is made by people to store water.
""")
DEFINE = pairs("""
    reluctant = unwilling and slow to act
    frugal = careful with money and sparing in its use
    brevity = the quality of using few words
    to procrastinate = to put off what should be done now
    candour = openness and honesty in speech
    serendipity = the luck of finding something good without looking for it
    ubiquitous = seeming to be everywhere at once
    to reconcile = to make friendly or consistent again
    tenacious = holding on firmly and not giving up
    ephemeral = lasting only a very short time
    nuance = a small but important difference
    to meander = to follow a winding course
    austere = plain and without comfort
    dilemma = a choice between two unwelcome things
    gullible = too ready to believe what one is told
    to embellish = to add decoration or invented detail
    resilient = able to recover quickly from trouble
    hindsight = understanding of an event after it has happened
""")
CODE = {
    "reverses the order of the words in a sentence": 'def solve(text):\n    return " ".join(reversed(text.split()))',
    "counts the vowels in a string": 'def solve(text):\n    return sum(c in "aeiou" for c in text.lower())',
    "finds the second largest number in a list": "def solve(numbers):\n    return sorted(set(numbers))[-2]",
    "checks whether a word is a palindrome": "def solve(word):\n    return word.lower() == word.lower()[::-1]",
    "merges two sorted lists": "from heapq import merge\n\ndef solve(a, b):\n    return list(merge(a, b))",
    "removes duplicates from a list and keeps the order": "def solve(items):\n    return list(dict.fromkeys(items))",
    "returns the n-th Fibonacci number": "def solve(n):\n    a, b = 0, 1\n    for _ in range(n):\n        a, b = b, a + b\n    return a",
    "flattens a list of lists by one level": "def solve(rows):\n    return [item for row in rows for item in row]",
    "converts seconds to hours, minutes and seconds": "def solve(s):\n    return s // 3600, s % 3600 // 60, s % 60",
    "counts how often each word occurs": "from collections import Counter\n\ndef solve(text):\n    return Counter(text.lower().split())",
    "tells whether two words are anagrams": "def solve(a, b):\n    return sorted(a.lower()) == sorted(b.lower())",
    "adds up the digits of a whole number": "def solve(n):\n    return sum(int(d) for d in str(abs(n)))",
    "finds all primes below a limit": "def solve(limit):\n    return [n for n in range(2, limit) if all(n % d for d in range(2, n))]",
    "transposes a matrix": "def solve(matrix):\n    return [list(row) for row in zip(*matrix)]",
    "splits a list into chunks of a given size": "def solve(items, n):\n    return [items[i : i + n] for i in range(0, len(items), n)]",
    "swaps the keys and values of a dictionary": "def solve(mapping):\n    return {value: key for key, value in mapping.items()}",
    "computes the running total of a list": "from itertools import accumulate\n\ndef solve(numbers):\n    return list(accumulate(numbers))",
    "returns the longest word of a sentence": "def solve(text):\n    return max(text.split(), key=len)",
    "drops pairs of empty brackets": 'def solve(text):\n    while "()" in text:\n        text = text.replace("()", "")\n    return text',
    "shifts every letter by three places in the alphabet": "def solve(text):\n"
    '    return "".join(chr((ord(c) - 94) % 26 + 97) if c.islower() else c for c in text)',
}
LABELS: dict[str, dict[str, tuple[str, ...]]] = {
    "positive, negative or neutral": {
        "positive": (
            "I would come back tomorrow, everything about {subject} was a delight.",
            "Best talk on {subject} in years, thank you!",
        ),
        "negative": ("What a waste of an afternoon: {subject} deserved far better.", "Dull, late and overpriced, even for {subject}."),
        "neutral": ("The talk on {subject} starts at seven in room 12.", "This is the second report on {subject} this year."),
    },
    "fact or opinion": {
        "fact": ("The library holds 214 books on {subject}.", "The law on {subject} was passed in 1987."),
        "opinion": ("Nothing is as charming as {subject}.", "The best thing about our town is {subject}."),
    },
    "formal or informal": {
        "formal": ("We hereby confirm receipt of your enquiry regarding {subject}.", "Kindly find enclosed the documents on {subject}."),
        "informal": ("Hey, heard you're into {subject} now, cool!", "Gonna chat about {subject} later, ok?"),
    },
    "urgent or routine": {
        "urgent": ("Please stop the printers now, the page on {subject} is wrong!", "We need the figures on {subject} within the hour."),
        "routine": ("The monthly notes on {subject} are on the shelf.", "For your information: a summary on {subject} is due next month."),
    },
    "a question, a request or a statement": {
        "a question": ("Who was the first to write about {subject}?", "Is there anything new on {subject}?"),
        "a request": ("Please lend me your notes on {subject}.", "Kindly send two copies of the essay on {subject}."),
        "a statement": ("The exhibition on {subject} opens in May.", "My aunt knows everything about {subject}."),
    },
    "past, present or future": {
        "past": ("Last year we read a book on {subject}.", "They argued about {subject} all night."),
        "present": ("She is writing about {subject} at the moment.", "Our class studies {subject}."),
        "future": ("Tomorrow we will talk about {subject}.", "They are going to vote on {subject} next week."),
    },
    "spam or genuine": {
        "spam": (
            "WINNER!!! Claim your free course on {subject} in the next 5 minutes!!!",
            "Earn 900 a day with {subject}, no skills needed, act now!",
        ),
        "genuine": (
            "The course on {subject} is moved to Thursday, room 4.",
            "Thank you for your question about {subject}; we answer on Monday.",
        ),
    },
    "polite or rude": {
        "polite": ("Would you be so kind as to tell me more about {subject}?", "Thank you so much for your help with {subject}."),
        "rude": ("Nobody cares what you think of {subject}.", "Shut up about {subject} already."),
    },
    "agreement, disagreement or doubt": {
        "agreement": ("Exactly, that is how I see {subject} too.", "Yes, you are right about {subject}."),
        "disagreement": ("No, you have got {subject} quite wrong.", "I see {subject} in the opposite way."),
        "doubt": ("I am not sure what to make of {subject}.", "Maybe, but who can tell with {subject}?"),
    },
    "serious or joking": {
        "serious": ("The committee met to discuss {subject} and its budget.", "People have lost their savings over {subject}."),
        "joking": ("My hamster has firmer views on {subject} than I have.", "I told my plants about {subject}; they left."),
    },
}
QUALITY: dict[str, tuple[str, str]] = {
    "it sounds polite": ("Send me the {goods} now.", "Could you please send me the {goods} when you have a moment?"),
    "it is in the past tense": ("{name} carries the {goods} to the market.", "{name} carried the {goods} to the market."),
    "it is in the passive voice": ("{name} counted the {goods}.", "The {goods} were counted by {name}."),
    "every error is gone": ("{name} dont has no {goods} leeft.", "{name} doesn't have any {goods} left."),
    "it becomes a question": ("{name} sells {goods}.", "Does {name} sell {goods}?"),
    "it says the opposite": ("{name} always likes {goods}.", "{name} never likes {goods}."),
    "a child can follow it": ("{name} procured supplementary {goods}.", "{name} got some more {goods}."),
    "it loses half its words": ("It is a fact that {name} really does own quite a few {goods}.", "{name} owns many {goods}."),
    "it sounds enthusiastic": ("{name} has {goods}.", "What luck: {name} has {goods}, and they are wonderful!"),
    "it is in the third person": ("I bought {goods} from {name}.", "They bought {goods} from {name}."),
    "it sounds like a headline": ("Today {name} was robbed of all the {goods}.", "Thief takes all of {name}'s {goods}"),
    "it avoids repetition": ("{name} has {goods}. {name} sells the {goods}.", "{name} has {goods} and sells them."),
}
SPEAK: dict[str, dict[str, str]] = {
    "French": pairs("""
        Where is the station? = Où est la gare ?
        Thank you for your help. = Merci pour votre aide.
        The soup is too hot. = La soupe est trop chaude.
        I have lost my key. = J'ai perdu ma clé.
        It is raining again. = Il pleut encore.
        We are late. = Nous sommes en retard.
        My sister lives in Lyon. = Ma sœur habite à Lyon.
        The shop opens at nine. = Le magasin ouvre à neuf heures.
    """),
    "German": pairs("""
        Where is the station? = Wo ist der Bahnhof?
        Thank you for your help. = Danke für Ihre Hilfe.
        The soup is too hot. = Die Suppe ist zu heiß.
        I have lost my key. = Ich habe meinen Schlüssel verloren.
        It is raining again. = Es regnet wieder.
        We are late. = Wir sind spät dran.
        My sister lives in Lyon. = Meine Schwester wohnt in Lyon.
        The shop opens at nine. = Der Laden öffnet um neun Uhr.
    """),
    "Spanish": pairs("""
        Where is the station? = ¿Dónde está la estación?
        Thank you for your help. = Gracias por su ayuda.
        The soup is too hot. = La sopa está demasiado caliente.
        I have lost my key. = He perdido mi llave.
        It is raining again. = Está lloviendo otra vez.
        We are late. = Llegamos tarde.
        My sister lives in Lyon. = Mi hermana vive en Lyon.
        The shop opens at nine. = La tienda abre a las nueve.
    """),
    "Italian": pairs("""
        Where is the station? = Dov'è la stazione?
        Thank you for your help. = Grazie per il suo aiuto.
        The soup is too hot. = La zuppa è troppo calda.
        I have lost my key. = Ho perso la mia chiave.
        It is raining again. = Piove di nuovo.
        We are late. = Siamo in ritardo.
        My sister lives in Lyon. = Mia sorella vive a Lione.
        The shop opens at nine. = Il negozio apre alle nove.
    """),
}
UNITS: dict[str, tuple[float, float]] = {
    "kilometres to miles": (0.621371, 0),
    "miles to kilometres": (1.609344, 0),
    "kilograms to pounds": (2.204623, 0),
    "pounds to kilograms": (0.453592, 0),
    "litres to US gallons": (0.264172, 0),
    "inches to centimetres": (2.54, 0),
    "degrees Celsius to Fahrenheit": (1.8, 32),
    "feet to metres": (0.3048, 0),
    "hectares to acres": (2.471054, 0),
    "metres per second to kilometres per hour": (3.6, 0),
    "ounces to grams": (28.349523, 0),
    "kilowatt-hours to megajoules": (3.6, 0),
}
KIND: dict[str, tuple[str, ...]] = {
    "fruit": phrases("apple; pear; plum; cherry; banana; mango; fig; peach; grape; melon"),
    "tool": phrases("hammer; saw; chisel; pliers; wrench; drill; spade; rake; plane; screwdriver"),
    "bird": phrases("sparrow; eagle; heron; owl; swan; robin; crane; stork; gull; finch"),
    "musical instrument": phrases("flute; cello; oboe; harp; trumpet; piano; drum; lute; tuba; organ"),
    "garment": phrases("shirt; coat; glove; scarf; skirt; sock; vest; cloak; apron; boot"),
    "metal": phrases("iron; copper; tin; zinc; gold; lead; nickel; silver; cobalt; chromium"),
    "vehicle": phrases("bus; tram; lorry; bicycle; scooter; ferry; coach; train; taxi; canoe"),
    "tree": phrases("oak; birch; pine; maple; beech; alder; cedar; elm; spruce; poplar"),
}
ORDER = pairs("""
    is taller than = tallest
    is older than = oldest
    runs faster than = fastest runner
    lives further north than = most northern
    has more stamps than = owner of the most stamps
    arrived before = first to arrive
    weighs more than = heaviest
    sings louder than = loudest singer
    swims farther than = farthest swimmer
    earns more than = highest earner
""")
OPENING = phrases("""
    The first thing to notice about {topic} is how much depends on small details.; With {topic}, patience pays sooner than most people
    expect.; Few things divide opinion as quietly as {topic}.; At first sight there is little to say about {topic}, and that is the
    mistake.; Seen from close up, {topic} has a history worth telling.; Start with what you already know of {topic}.; There is a simple
    way to think about {topic}.; Ask three people about {topic} and you will hear four answers.; When it comes to {topic}, habits matter
    more than plans.; Nobody is an expert on {topic} from the first day.
""")
MIDDLE = phrases("""
    Most of the work is done before anyone is watching.; Costs stay low when neighbours share what they have.; It helps to keep a short
    list and to cross things off it.; Older people often remember how it used to be done, and why.; The weather decides more than we
    like to admit.; Money matters less than time, and time less than attention.; A single good example convinces better than ten
    arguments.; Rules are useful as long as somebody can explain them.; What looks like waste in one place is needed in another.;
    Mistakes made early are cheap, so make them early.; Children tend to ask the question that everyone else avoids.; The best tools are
    the ones that get used every week.; Two quiet hours in the morning are worth a whole noisy day.; Good light, dry hands and a clear
    table are half the job.; Newcomers see what regulars no longer notice.
""")
CLOSING = phrases("""
    That is reason enough to look again.; In the end it comes down to care.; Try it once, and judge for yourself.; The rest is
    practice.; A year from now you will be glad that you began.; And if it fails, there is always tomorrow.; What remains is worth
    keeping.; More than that nobody can promise.; It is a good place to start.; So much for theory.
""")
POINT = phrases("""
    Ask somebody who has tried it before; Begin with the smallest part; Set aside one hour a week; Keep a spare of everything that
    breaks; Write down what went well; Invite a neighbour to join; Borrow before you buy; Agree on a date and keep to it; Leave room for
    a mistake; Start early in the morning; Share the cost among friends; Test it on a quiet day; Make a list and cut it by half; Swap
    tasks every week; Thank everyone by name; Visit a place where it is done well; Measure twice and cut once; Put the most tedious part
    first; Read the instructions aloud; Celebrate the halfway mark; Choose one thing to leave out; Label every box; Tell a short story
    about it; Learn ten words on the subject; Offer tea to those who help; Check the weather the evening before; Keep a diary of the
    first month; Set a limit and stop there; Turn the problem upside down; Repeat it until it feels easy
""")
TWIST = phrases("""
    At first it seemed a stroke of luck.; Nobody else was awake to see it.; By noon the whole street was talking.; There was no time to
    think it over.; The rain had just begun.; An old woman on the bench only laughed.; It was a Tuesday, and nothing happens on
    Tuesdays.; Somewhere a bell rang twice.; The others pretended not to notice.; It took three cups of tea to believe it.
""")
ENDING = phrases("""
    In the end the truth turned out smaller and kinder than the rumour.; The next morning everything was as before, except for a note on
    the door.; Years later they still set an extra place at the table.; Nobody was ever thanked, and nobody minded.; What was lost came
    back in the post, wrapped in blue paper.; The key still hangs by the window, in case.; And that is why the clock in the square runs
    late.; They parted as friends, which surprised them both.; From then on the door stayed open.; It was not the end, only the last
    page.
""")
COUPLET = phrases("""
    The lamp is low, the street is still, / a moon comes up behind the hill.; We counted steps, we counted rain, / and turned and walked
    them back again.; The kettle sings, the floorboards creak, / the week is longer than the week.; A door left open to the air, / a
    coat thrown over every chair.; What morning lends, the evening takes, / a ring of light on quiet lakes.; I kept the ticket, lost the
    train, / and learned the names of types of rain.; The bread is warm, the salt is near, / there is no need to hurry here.; Some roads
    are short that look too long, / some silences are half a song.
""")
SAY = phrases("""
    I can see why that upsets you; Let us look at it together; Thank you for telling me; Give me a minute and I will see what can be
    done; That must have been a long day; I would feel the same in your place; We will find a way; I am sorry that it came to this
""")
