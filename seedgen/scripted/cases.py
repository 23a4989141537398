"""Phrases with a right answer for the frames that a wanted kind draws on: what to decline and why, sayings, sentences, queries, commands.

Data only, as in `facts`: a dict's keys fill a slot of the grammar, its values are what the answer needs to be right.
"""

from __future__ import annotations

from seedgen.scripted.facts import pairs

UNSAFE = pairs("""
    pick the lock of a neighbour's front door = that is a break-in, whatever the reason | call the neighbour, the caretaker or a locksmith
    mix bleach and ammonia into a stronger cleaner = the fumes can badly injure the lungs | use one product at a time, with the window open
    read a partner's messages without being noticed = secret monitoring takes a choice from somebody else | say openly what worries you
    forge a doctor's note for two missed days = a forged note is fraud in a doctor's name | tell the employer honestly, and offer leave
    copy a bank's e-mail to collect passwords = that is phishing, even as a joke | ask the IT department for an announced exercise
    lose fifteen kilos in a single week = no safe way exists | aim at half a kilo a week, with a doctor's advice
    drive home after four glasses of wine = it puts lives at risk | take a taxi, a night bus or a bed at a friend's
    take twice the prescribed sleeping tablets = a double dose can stop the breathing | ring the pharmacist or the out-of-hours line
    find the home address of a television presenter = where someone lives is private | write to the station, which passes letters on
    get round the school's exam software = it would be cheating, and unfair on the others | make a revision plan for the days that are left
    bring a protected tortoise through customs = the trade in it is a crime and kills most of the animals | visit one in a rescue centre
    make fireworks from kitchen chemicals = home-made mixtures go off too early and maim | go to a public display, or buy tested ones
    silence a carbon monoxide alarm for good = it warns of a gas that nobody can smell | air the room, go out and call the gas service
    spread a rumour about a rival's restaurant = a made-up story can ruin people and is defamation | write an honest review of your own
    skip the brakes check of an old minibus = failing brakes kill passengers and others | book a test, and hire another bus until then
    raid a great-aunt's savings account = that is theft from someone who trusts you | talk with her, or ask for a loan on paper
    burn garden rubbish in a dry pine forest = one spark is enough for a wildfire | take it to the compost site
    sell the worn tyres as new ones = it deceives the buyer and endangers the road | have them recycled
    keep a toddler calm with cough syrup = medicine is no sedative and can harm a child | try a walk, a quiet story and an early bedtime
    copy a whole textbook for paying classmates = it breaks the author's rights | ask the library for a class set
    cut the neighbours' power cable by night = it can kill you and them | ask a mediator to settle the quarrel
    track a colleague's phone through the weekend = following people without consent is stalking | raise the problem with your manager
    vote twice in the council election = it is electoral fraud | help others to reach the polling station
    enter the closed mine at the edge of town = old shafts flood, collapse and hold bad air | join a guided tour of a show mine
    feed wild foxes from the hand = they lose their fear and may carry disease | watch them from a window at dusk
    write an essay that a teacher cannot trace = work handed in must be the pupil's own | plan the essay together and check a draft
    hide a leak from the buyers of a house = sellers must tell what they know | get a quote for the repair and lower the price
    run a marathon on a broken toe = it may never heal well again | defer the start and train in the pool
    borrow a stranger's identity card for a club = using it is an offence for both | look for an event that admits your age
    eat mushrooms that no expert has seen = some of them kill after a delay | bring them to a mushroom adviser first
""")
UNKNOWABLE = pairs("""
    which numbers win the lottery on Friday = each draw is independent of all before | work out what a ticket is worth on average
    what the cat was thinking at dawn = nobody can read a cat's mind | say what cats usually do at that hour
    the exact day on which the old bridge will fall = no such date can be known | list the signs that call for an engineer
    who will be mayor in the year 2090 = the voters of that year decide | describe how such elections work today
    what my late grandfather would have said tonight = only he could have said it | help you to collect his sayings
    how many grains of sand lie on the beach = nobody has counted them | show how an estimate is made
    whether I will be happy in ten years = no one can foresee it | name habits that help many people
    what my neighbour said on the phone this morning = I was not there, and it is private | help you to ask politely
    tomorrow's closing price of my only share = prices cannot be foretold | explain how risk can be spread
    the secret ingredient in my aunt's plum cake = she alone can tell | suggest spices that go with plums
    when the next earthquake strikes our street = science cannot date them in advance | help you to pack an emergency bag
    the name of the person I shall marry = there is no way to know | talk about how people meet
    what is written in the letter on my table = I cannot see it from here | help if you type it in
    where I put my glasses last night = I cannot look into your rooms | go through the likely places with you
    how the lost third act of a burnt play ended = no copy of it has come down to us | invent an ending that says it is invented
    which horse comes in first on Sunday = a race is open until it is run | explain how odds are read
""")
FALSE = pairs("""
    the year in which Einstein won the Nobel Prize in Literature = he won one Nobel Prize, in Physics, for 1921
    how the Great Fire of London destroyed Paris = the fire of 1666 was in London alone
    why the Sun goes round the Earth in 365 days = it is the Earth that goes round the Sun
    which of Beethoven's tangos he wrote last = he died in 1827, decades before the first tango
    when Napoleon landed in Australia = he never set foot there
    the largest even prime number above two = there is none, since every even number above two is divisible by two
    how fish breathe with their lungs in deep water = nearly all fish take oxygen from the water with gills
    the last digit of pi = pi is irrational, so its decimals never end
    which king ruled Switzerland in 1950 = Switzerland has been a confederation without a king
    how many moons the Moon has = no natural moon of the Moon is known
    why ice sinks to the bottom of a lake = ice is less dense than water, so it floats
    the name of the river between Iceland and Norway = there is only sea between them
    how Shakespeare liked typewriters = he died in 1616, long before they were invented
    which bones a jellyfish breaks most often = jellyfish have no bones
    the name of the largest number of all = there is none, since one can be added to any
    when the first humans hunted dinosaurs = some 66 million years lie between them
""")
PHRASEBOOK = pairs("""
    Where are the stamps? = Où sont les timbres ? | Wo sind die Briefmarken? | ¿Dónde están los sellos? | Dove sono i francobolli?
    The hotel is quiet. = L'hôtel est calme. | Das Hotel ist ruhig. | El hotel es tranquilo. | L'albergo è tranquillo.
    What does it cost? = Combien ça coûte ? | Was kostet es? | ¿Cuánto cuesta? | Quanto costa?
    Our dog is asleep. = Notre chien dort. | Unser Hund schläft. | Nuestro perro duerme. | Il nostro cane dorme.
    Tomorrow is Monday. = Demain, c'est lundi. | Morgen ist Montag. | Mañana es lunes. | Domani è lunedì.
    The window is open. = La fenêtre est ouverte. | Das Fenster ist offen. | La ventana está abierta. | La finestra è aperta.
    The bread is warm. = Le pain est chaud. | Das Brot ist warm. | El pan está caliente. | Il pane è caldo.
    Winter is coming. = L'hiver arrive. | Der Winter kommt. | Llega el invierno. | Arriva l'inverno.
    Good night. = Bonne nuit. | Gute Nacht. | Buenas noches. | Buona notte.
    The bill, please. = L'addition, s'il vous plaît. | Die Rechnung, bitte. | La cuenta, por favor. | Il conto, per favore.
    My brother is a doctor. = Mon frère est médecin. | Mein Bruder ist Arzt. | Mi hermano es médico. | Mio fratello è medico.
    I do not eat meat. = Je ne mange pas de viande. | Ich esse kein Fleisch. | No como carne. | Non mangio carne.
    I will call you tomorrow. = Je vous appellerai demain. | Ich rufe Sie morgen an. | Le llamaré mañana. | La chiamerò domani.
    Happy birthday! = Joyeux anniversaire ! | Alles Gute zum Geburtstag! | ¡Feliz cumpleaños! | Buon compleanno!
    Do you speak English? = Parlez-vous anglais ? | Sprechen Sie Englisch? | ¿Habla usted inglés? | Parla inglese?
    I would like a coffee. = Je voudrais un café. | Ich möchte einen Kaffee. | Quisiera un café. | Vorrei un caffè.
    She reads the newspaper. = Elle lit le journal. | Sie liest die Zeitung. | Ella lee el periódico. | Lei legge il giornale.
    It is too late. = Il est trop tard. | Es ist zu spät. | Es demasiado tarde. | È troppo tardi.
    I have a reservation. = J'ai une réservation. | Ich habe eine Reservierung. | Tengo una reserva. | Ho una prenotazione.
""")
SAYING = pairs("""
    the Latin "ad hoc" = literally "to this": made or done for one particular purpose
    the Latin "mutatis mutandis" = literally "what must be changed having been changed": with the necessary changes
    the Latin "carpe diem" = literally "pluck the day": make the most of today
    the Latin "festina lente" = literally "hurry slowly": act promptly, but without haste
    the French "coup de grâce" = literally "blow of mercy": the stroke that ends it
    the French "déjà vu" = literally "already seen": the feeling of having lived this before
    the French "poser un lapin" = literally "to put down a rabbit": to stand somebody up
    the French "avoir le cafard" = literally "to have the cockroach": to feel low
    the German "Daumen drücken" = literally "to press thumbs": to keep one's fingers crossed
    the German "Schnee von gestern" = literally "snow of yesterday": water under the bridge
    the German "tote Hose" = literally "dead trousers": a place where nothing happens
    the German "Zeitgeist" = literally "spirit of the time": the mood of a period
    the Spanish "estar en las nubes" = literally "to be in the clouds": to be daydreaming
    the Spanish "costar un ojo de la cara" = literally "to cost an eye of the face": to cost an arm and a leg
    the Spanish "media naranja" = literally "half an orange": one's better half
    the Spanish "pan comido" = literally "eaten bread": a piece of cake
    the Italian "in bocca al lupo" = literally "into the wolf's mouth": good luck
    the Italian "dolce far niente" = literally "sweet doing nothing": the pleasure of idleness
    the Italian "acqua in bocca" = literally "water in the mouth": keep it to yourself
    the Italian "non vedo l'ora" = literally "I don't see the hour": I can hardly wait
""")
QUERY = pairs("""
    lists every row with a price above 50, dearest first = SELECT * FROM {t} WHERE price > 50 ORDER BY price DESC;
    counts the rows of each city = SELECT city, COUNT(*) FROM {t} GROUP BY city;
    gives the average price = SELECT AVG(price) FROM {t};
    finds the names that occur more than once = SELECT name FROM {t} GROUP BY name HAVING COUNT(*) > 1;
    shows the ten newest rows by their date = SELECT * FROM {t} ORDER BY date DESC LIMIT 10;
    deletes all rows without a price = DELETE FROM {t} WHERE price IS NULL;
    raises every price by 5 per cent = UPDATE {t} SET price = price * 1.05;
    lists the different cities in alphabetical order = SELECT DISTINCT city FROM {t} ORDER BY city;
    finds the cheapest price in each city = SELECT city, MIN(price) FROM {t} GROUP BY city;
    counts the rows dated 2021 = SELECT COUNT(*) FROM {t} WHERE date BETWEEN '2021-01-01' AND '2021-12-31';
""")
COMMAND = pairs("""
    counts the lines of names.txt = wc -l names.txt
    shows the last 20 lines of names.txt = tail -n 20 names.txt
    prints each line of names.txt once, sorted = sort -u names.txt
    finds the lines of names.txt that hold a digit = grep '[0-9]' names.txt
    replaces every tab of names.txt by a comma = tr '\\t' ',' < names.txt
    prints the second column of the comma-separated names.txt = cut -d, -f2 names.txt
    numbers all lines of names.txt = cat -n names.txt
    packs names.txt into a gzip copy beside it = gzip -k names.txt
    tells how much room names.txt takes on disk = du -h names.txt
    prints names.txt from the last line to the first = tac names.txt
    shows the ten most frequent lines of names.txt = sort names.txt | uniq -c | sort -rn | head -n 10
    makes names.txt readable for its owner alone = chmod 400 names.txt
""")
PATTERN = pairs(r"""
    a date such as 2021-10-04 = ^\d{4}-\d{2}-\d{2}$
    a time of day from 00:00 to 23:59 = ^([01]\d|2[0-3]):[0-5]\d$
    a whole number with an optional minus sign = ^-?\d+$
    a word with at least one doubled letter = ^\w*(\w)\1\w*$
    a colour such as #a1b2c3 = ^#[0-9a-fA-F]{6}$
    a line that is empty or blank = ^\s*$
    a price with two decimals = ^\d+\.\d{2}$
    a name that begins with a capital letter = ^[A-Z][a-z]*$
    two words parted by one space = ^\w+ \w+$
    a string of vowels only = ^[aeiouAEIOU]+$
""")
CRITERION = (
    "clarity",
    "cost",
    "fairness",
    "originality",
    "usefulness",
    "safety",
    "honesty",
    "tone",
    "practicality",
    "courtesy",
    "evidence",
    "structure",
    "brevity",
    "accuracy",
)  # fmt: skip
STYLE = (
    "in short main clauses", "with one example for each", "in a two-column table", "as questions and answers", "with the weakest one last",
    "from cheap to expensive", "from the obvious to the far-fetched", "under a title of your own", "with a reason for each",
    "with the effort in hours for each", "without repeating a verb", "as a numbered list", "so that it fits on a postcard",
    "with the most urgent first",
)  # fmt: skip
