"""Words and phrases that the grammar's slots are filled with: data only, one table a slot.

Each table is a tuple of phrases that fit the same place in a sentence. Nothing here is about images, sound or files, so that what is
made of it passes a text-only filter. Tables whose phrases have a right answer (labels, facts, code …) are in `facts.py`.
"""

from __future__ import annotations


def phrases(block: str) -> tuple[str, ...]:
    """The phrases of a block of text, parted by semicolons."""
    return tuple(" ".join(part.split()) for part in block.split(";"))


def numbers(start: int, stop: int) -> tuple[str, ...]:
    return tuple(str(n) for n in range(start, stop))


SUBJECT = phrases("""
    urban beekeeping; the history of tea; night trains across Europe; desert gardens; volcanic islands; handmade paper; lighthouse
    keepers; street chess; coral reefs in warming seas; medieval spice routes; public libraries; the physics of kites; fermented
    vegetables; the first telegraph lines; migrating storks; tidal power; home insulation; sign languages; mountain rescue; antique
    clocks; community choirs; soil erosion; river otters; school uniforms; cable cars in big cities; open-air markets; sleep and memory;
    rainwater harvesting; the silk trade; electric ferries; forgotten board games; olive farming; the invention of zero; winter
    swimming; village bakeries; deep-sea fishing rights; wind instruments; second-hand clothing; polar expeditions; the psychology of
    queues; bamboo scaffolding; childhood allergies; glass recycling; radio drama; houseplants in dark flats; mushroom foraging; salt
    mining; the etiquette of tipping; rooftop solar panels; carnival masks; long-distance walking; cheese caves; space debris; indigo
    dyeing; noise in open-plan offices; bicycle couriers; seed banks; the spread of rumours; canal boats; football stadium food; snow
    leopards; pottery repair; the four-day week; lunar calendars; bread riots; vertical farms; old harbour cranes; wedding customs;
    stray cats; voting by post; horse-drawn ploughs; chocolate tempering; earthquake drills; puppet theatre; peat bogs; coin collecting;
    night markets; free museum days; hot-air balloons; drought-resistant maize; stage fright; allotment gardens; the price of coffee;
    wooden bridges; fair working hours; left-handed tools; thunderstorms at sea; school lunches; slow fashion; hedgehog rescue; water
    clocks; paper money; online dating; railway timetables; rice terraces; bird song at dawn; hospital waiting rooms; dry-stone walls;
    the smell of rain; marathon training; urban foxes; leap years; local newspapers; sourdough starters; rope making; whale migration;
    traffic lights; knitting circles; data privacy at work; compost heaps; the Northern Lights; folk remedies; car sharing; glaciers in
    retreat; mental arithmetic; dialect words; plastic-free shopping; the art of apology; sand dunes; fire lookouts; tropical fruit;
    apprenticeships; remote villages; crossword puzzles; hand-written letters; sailing ships; sports for people in wheelchairs; lost
    luggage; meteor showers; kitchen knives; minimum wages; wildlife crossings; opera for beginners; bus drivers' strikes; hats through
    the ages; pearl divers; robots in warehouses; the Roman postal service; ice skating; neighbourhood watch schemes; travelling
    libraries; fireflies; plant-based milk; shadow theatre; mangrove forests; secret codes; office birthdays; grandparents as
    babysitters; flood barriers; vintage typewriters; emergency kits; mosaics; the taste of tomatoes; clock towers; working dogs; unpaid
    internships; monsoon seasons
""")
PERSON = phrases("""
    a retired bus driver; a night-shift nurse; a young violin maker; a nervous bridegroom; a village postman; an apprentice baker; a
    stubborn lighthouse keeper; a weather forecaster; a travelling puppeteer; a chess prodigy; a single father; a museum guard; a rookie
    firefighter; a homesick exchange student; a beekeeper; a court interpreter; a jazz pianist; a tired shopkeeper; an amateur
    astronomer; a goat herder; a train conductor; a forgetful professor; a marathon runner; a piano tuner; a ferry captain; a gardener;
    a young widow; a crossword editor; a mountain guide; a locksmith; a substitute teacher; an elderly tailor; a street musician; a bank
    clerk; a vet in a small town; a deaf dancer; a school cook; a pastry chef; a shy librarian; a tour guide; a coal miner's daughter; a
    retired boxer; a botanist; a glass blower; a dentist with stage fright; a tram driver; a midwife; a clockmaker; a radio presenter; a
    fisherman; a new neighbour; an insurance agent; a stage magician; a customs officer; a cartographer; a caretaker of a haunted hotel;
    a potter; a city councillor; a hospital porter; a wandering storyteller
""")
HAPPENING = phrases("""
    found a locked suitcase on the last train; lost a wedding ring in a bowl of dough; received a letter meant for someone else; woke up
    speaking a language nobody knew; missed the only ferry of the week; inherited a house without a door; met a childhood rival by
    chance; was asked to judge a cake contest; discovered a staircase behind the wardrobe; could not stop telling the truth; bought a
    clock that ran backwards; adopted a one-eyed parrot; won a prize for the wrong thing; was mistaken for a famous conductor; got stuck
    in a lift with the mayor; planted a tree that grew overnight; promised far too much at dinner; heard their own name on the radio;
    had to cross a frozen lake before dawn; rented a room to a ghost; kept a secret for thirty years; found footprints leading out of
    the sea; broke the oldest vase in town; agreed to a duel with spoons; forgot the words in front of a full hall; took the wrong coat
    home; stopped a runaway pram; taught a crow to count; sold the last umbrella in a storm; followed a stray dog to the edge of town;
    opened a restaurant with a single table; learned to swim at seventy; lost every key on the same day; was paid in walnuts; swapped
    places with a twin; built a boat in the attic; overheard a plan to close the school; wrote a letter to the future; refused to leave
    a condemned house; finally answered the phone
""")
SETTING = phrases("""
    in a harbour town in Portugal; during a power cut; on the longest night of the year; in a crowded market in Marrakesh; at a border
    crossing in the rain; in a mountain hut above the clouds; on a slow train to Samarkand; in an empty theatre; in a desert city in the
    year 2300; at a village wedding; on a sinking houseboat; in the waiting room of a clinic; in a greenhouse at midnight; during the
    first snow of winter; on a rooftop in Cairo; at the last stop of the tram; in a lighthouse off Scotland; behind the counter of a
    pawnshop; in a school kitchen in Nairobi; under a railway bridge; on the eve of an election; in a library without a roof; on an
    island with one road; at a funfair after closing time; in the back of a laundry in Lima; on the first day of spring; in a tunnel
    under the old town; in a tea house in Kyoto; at a petrol station in the outback; inside a stopped lift
""")
FORM = phrases("""
    a limerick; a short story; an open letter; a haiku; a fairy tale; a ballad; a diary entry; a monologue; a newspaper report; a
    bedtime story; a radio sketch; a fable; a free-verse poem; a ghost story; a dialogue; a postcard; a folk song; a speech; a review; a
    riddle; a blog post; an obituary; a rhyming toast; a prologue; a sonnet; a one-act play; a travel note; a lullaby; a satire; an
    anecdote
""")
AUDIENCE = phrases("""
    a curious ten-year-old; first-year nursing students; a busy mayor; retired engineers; my grandmother; new parents; a room of
    sceptics; people who hate reading; exchange students; a primary school class; the staff of a small hotel; amateur gardeners; a jury;
    football fans; a visitor from another century; volunteers at a food bank; shift workers; a local newspaper; commuters; a bored
    teenager; someone learning English; trainee teachers; an impatient manager; a village council; night-time radio listeners; tourists;
    a book club; young farmers; the parents' evening; a group of apprentices; older neighbours; first-time voters; a startup team; a
    choir of beginners; hospital patients; the city's cyclists; a tired shop assistant; museum visitors; an angry customer; a new
    flatmate
""")
TONE = phrases("""
    cheerful; formal; dry; warm; mysterious; playful; solemn; sarcastic; hopeful; matter-of-fact; nostalgic; frank; gentle; proud;
    remorseful; suspicious; tender; pompous; breathless; calm
""")
EVENT = phrases("""
    a school science fair; a surprise birthday party; a charity run; a street festival; a beach clean-up; a family reunion; a poetry
    evening; a farewell dinner; a weekend in the mountains; a neighbourhood flea market; an office move; a chess tournament; a day
    without telephones; a garden wedding; a job interview; a hospital stay; a cooking contest; a silent retreat; a first aid course; a
    trip to the seaside; a language exchange; a book fair; a blood donation day; a tree-planting morning; a village theatre show; a
    repair café; a harvest supper; a museum night; a bicycle tour along a river; a parents' meeting; a winter market; a housewarming; a
    school reunion; a music camp; a moving day; a staff training; a night hike; a public debate; an allotment open day; a children's
    flea market
""")
SKILL = phrases("""
    baking sourdough bread; repairing a bicycle puncture; learning the names of stars; keeping bees; writing a will; sharpening kitchen
    knives; saving for a house; growing tomatoes on a balcony; training a puppy; speaking in public; folding a paper crane; reading a
    balance sheet; swimming the crawl; painting a fence; brewing ginger beer; learning Swahili; cutting your own hair; hosting foreign
    guests; packing for a long trek; mending a woollen jumper; playing the ukulele; keeping a diary; negotiating a salary; cleaning a
    chimney; cooking for forty people; pruning roses; memorising a speech; tuning a guitar; making soap; insulating an attic; teaching
    children to read; starting a compost heap; running a first marathon; writing a cover letter; restoring an old chair; planning a
    vegetable garden; building a birdhouse; giving honest feedback; remembering names; juggling three balls; buying a used car; sleeping
    in a hammock; drying herbs; keeping a budget; making pasta by hand; coping with jet lag; choosing running shoes; tying a bowline;
    calming a crying baby; writing a love letter; making new friends in a strange city; moving house on foot
""")
IDEA = phrases("""
    gift ideas; opening lines; fundraising ideas; slogans; team names; warm-up games; small rituals; cheap decorations; discussion
    questions; book titles; healthy snacks; safety rules; conversation topics; workshop themes; house rules; thank-you messages;
    rainy-day activities; money-saving tricks; rhyming couplets; essay titles; nicknames; recipe names; proverbs; study habits; small
    acts of kindness; survey questions; reasons to be cheerful; plausible excuses; five-minute exercises; headlines
""")
CLAIM = phrases("""
    schools should start an hour later; public transport should be free; zoos do more good than harm; homework is a waste of time; every
    citizen should learn first aid; cash should never disappear; cities should ban private cars; museums must return what was taken;
    voting should be compulsory; pets belong in offices; tipping should end; libraries matter more than stadiums; children need to be
    bored; fame makes people lonely; handwriting still deserves lessons; the customer is not always right; everybody should work one
    summer on a farm; tall buildings ruin old towns; reading fiction makes us kinder; advertising to children should be illegal; sport
    is a kind of theatre; grandparents should be paid for childcare; space travel is too expensive; uniforms make pupils equal; night
    flights should stop; one should never lend money to friends; silence is a human right; a short holiday beats a long one; failure
    teaches more than success; every village needs a pub
""")
WANT = phrases("""
    a refund for a broken kettle; two days off in June; a quieter room; help with moving a piano; an extension of a deadline; the return
    of a borrowed ladder; a reference for a new job; permission to keep a dog; a table by the window; a later check-out; an apology for
    a rude remark; better lighting in the car park; a place in the evening course; a copy of the contract; advice on a difficult
    colleague; a lift to the airport; a discount for pensioners; the recipe for lentil soup; a second opinion; a seat on the council; a
    repair of the heating; an interview for the school magazine; payment of an old invoice; a change of shift; a donation of used books;
    more time with the grandchildren; a loan of folding chairs; a visit to the cheese dairy
""")
NAME = phrases("""
    Amina; Bo; Chen; Dariel; Elif; Farid; Greta; Hamid; Ines; Jonas; Keiko; Luz; Malik; Nadia; Odo; Pia; Quentin; Rosa; Samir; Tove;
    Uma; Viktor; Wanjiru; Xenia; Yusuf; Zofia; Anouk; Bruno; Carmen; Dmitri; Esther; Felix; Gwen; Hugo; Iris; Jamal; Kaya; Leila; Marta;
    Nils; Olga; Pavel; Ruth; Selma; Tariq; Vera; Willem; Yara
""")
CITY = phrases("""
    Lisbon; Nairobi; Kyoto; Lima; Oslo; Accra; Cork; Tbilisi; Hanoi; Quito; Tunis; Ghent; Perth; Riga; Dakar; Cusco; Izmir; Malmö; Graz;
    Pune; Bergen; Fez; Leeds; Porto; Osaka; Havana; Turin; Gdansk; Muscat; Halifax
""")
TRADE = phrases("""
    nurse; carpenter; chemist; pilot; baker; translator; plumber; judge; violinist; surveyor; florist; welder; roofer; diver; dentist;
    librarian; mason; cook; geologist; typist; tiler; vet; cobbler; saddler
""")
GOODS = phrases("""
    lemons; candles; notebooks; umbrellas; mugs; bricks; marbles; tickets; lamps; pencils; baskets; oranges; blankets; tiles; stamps;
    buttons; chairs; onions; bulbs; ropes; spoons; scarves; melons; hats; tulips; loaves; cushions; brushes; kites; jars
""")
VEHICLE = phrases(
    "freight train; ferry; coach; cyclist; tram; sailing boat; lorry; mail van; tractor; night bus; rowing team; motorbike; horse cart"
)
GROUND = phrases(
    "meadow; courtyard; car park; rice field; playground; vineyard; market square; flower bed; chicken run; paddock; tennis court; campsite"
)
SHOP = phrases(
    "bookshop; shoe shop; bakery; hardware store; florist; toy shop; garden centre; tailor; music shop; delicatessen; pharmacy; saddlery"
)
FOOD = phrases(
    "flour; rice; lentils; butter; spinach; walnuts; sugar; apricots; chickpeas; oats; mushrooms; cheese; plums; barley; beetroot"
)
THING = phrases("""
    a kettle; an umbrella; a pair of shoes; a rocking chair; a bicycle bell; a wooden spoon; a lighthouse; a ladder; a brass key; a
    paper bag; a suitcase; a street lamp; a teapot; a scarecrow; a park bench; a violin; an empty jar; a wall clock; a snow globe; a
    ticket machine; a garden gate; a hammock; a raincoat; a chess piece; a lift; a bread knife; a mirror; a broken compass
""")
DOCUMENT = phrases("""
    note; e-mail; letter; memo; diary entry; announcement; bulletin; statement; newsletter; leaflet; report; text message; log entry;
    postcard; press release; circular; reminder; minutes; transcript; article
""")
MESSAGE = phrases("""
    comment; message; review; remark; letter; reply; post; note; text; e-mail; complaint; statement; entry; answer; opinion; testimonial
""")
LAYOUT = phrases("""
    as a comma-separated list; one per line; in alphabetical order, separated by semicolons; as a JSON array; as bullet points; with a
    slash between them; numbered from 1; in the order in which they appear
""")
COUNT = phrases("three; four; five; six; seven")
WORD = phrases("""
    anchor; basket; candle; dolphin; engine; feather; garden; hammer; island; jacket; kettle; ladder; meadow; needle; orchard; pepper;
    quarry; ribbon; saddle; temple; umbrella; valley; window; yarrow; zebra; amber; barrel; copper; dagger; ember; falcon; goblet;
    harbour; indigo; jungle; kernel; lantern; marble; nectar; oyster; parcel; quiver; raven; silver; thistle; urchin; velvet; walnut;
    yellow; zither; almond; beacon; cellar; drizzle; elbow; fiddle; ginger; hollow; ivory; jigsaw; kitten; lagoon; magnet; nutmeg; onyx;
    paddle; quartz; rocket; sponge; timber; upland; violet; willow; yogurt; acorn; bramble; cactus; dune; eclipse; fossil; glacier;
    hazel; insect; juniper; kayak; lemon; mustard; noodle; opal; pebble; quilt; rapids; saffron; turnip; uniform; vanilla; wagon;
    apricot; bonnet; cinder; domino; easel
""")
MONTH = phrases("January; February; March; April; May; June; July; August; September; October; November; December")
WEEKDAY = phrases("Monday; Tuesday; Wednesday; Thursday; Friday; Saturday; Sunday")
QUOTE = phrases("""
    I have lost my ticket and the train leaves in ten minutes; My soup is cold again; I never wanted to be a dentist; Nobody came to my
    exhibition; The dog has eaten the contract; I think we should sell the house; You promised to be here at noon; I have forgotten how
    to dance; They moved the exam to tomorrow; My daughter wants to join the circus; There is a goat in the lobby; I found your diary;
    The heating has been off since Sunday; I am leaving the choir; I cannot read my own handwriting; This key fits no door; We have run
    out of coffee; I would like my old job back; It has rained for eleven days; Somebody parked in my place
""")
CONTEXT = phrases("""
    I run a small bakery.; I teach chemistry at a village school.; My sister has just moved abroad.; Our choir is short of money.; I
    look after two toddlers.; We are opening a hostel next month.; I have ten minutes before a meeting.; My team works in four time
    zones.; I am new in this town.; Our book club meets tonight.; I volunteer at an animal shelter.; I am writing a newsletter.; My
    uncle turns eighty on Friday.; We live on a narrow boat.; I have to speak at assembly.; I edit a parish magazine.; My students are
    easily bored.; I work nights at a hospital.; I coach a rowing crew.; It is our last week at school.
""")
TAIL = phrases("""
    Use at most 120 words.; Keep it under 150 words.; Write plainly.; Avoid technical terms.; Use British spelling.; No more than 100
    words.; Do not use headings.; Be concrete.; Keep the sentences short.; Leave out any greeting.; Sound natural when read aloud.; Skip
    the introduction.; Stay friendly throughout.; Nothing fancy.; Make it easy to remember.; Aim at adult readers.; Stick to the
    essentials.; Use everyday vocabulary.; No clichés.; It will be printed on a poster.
""")
MAKE = phrases("write; compose; craft; draft; create; produce; pen; invent; make up")
TELL = phrases("explain; describe; clarify; illustrate; spell out; discuss; teach; outline")
OFFER = phrases("list; suggest; propose; name; brainstorm; come up with; think of; give; offer; collect; pitch")
FIND = phrases("extract; find; pull out; identify; pick out; gather; note down; copy; highlight; locate")
LABEL = phrases("classify; label; judge; categorise; mark; tag; rate; assess")
EDIT = phrases("rewrite; rephrase; edit; revise; rework; reword; recast; polish; redo; adapt")
SHORTEN = phrases("summarise; condense; shorten; abridge; compress; boil down; sum up; recap")
COMPUTE = phrases("calculate; work out; compute; determine; find")
