"""Ordinary words that people also go by, or that stand in what they call themselves."""

# ruff: noqa: SIM905 (words read better as text)

from functools import cache
from importlib.resources import files
from typing import Literal

Lexicon = Literal[
    "common", "ordinary", "foreign", "elsewhere", "given", "last", "faker_first", "faker_last"
]


# Months and days are always capitalized: "in May" is nobody.
CALENDAR_WORDS = frozenset(
    """
    january march april may june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday
    januar jänner februar märz juni juli oktober dezember
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
    """.split()
)

# First and last names that are words of their own: only a capital tells which is meant.
NAME_WORDS = frozenset(
    """
    ace acres ally amber amity angel apple art ash aspen aster autumn baker ball banks barber
    barley barr basil bass bates bay bean bell belle berry best bill bills birch bird bishop black
    blaze bliss block bloom blossom blue bolt bond bone booker booth bow bowman branch brandy
    brash briar bridge bridges bright brock brook brooks brown buck bud bull burns bush butcher
    butler buzz camp cane cannon carol carpenter cart carver case cash castle chance charity charm
    chase chip chuck church city clay clement cliff clover coal cole cook cooper coral cotton
    crane crew crisp cross crow crystal curry daily dale dane dash dawn day deacon dean dear dee
    deep destiny dial diamond dolly don dot dove drew dusty dwell earl early ebony eden edge elder
    ember eve ever fairy faith fallow fan fawn feather fern field finch fish fisher fleet flint
    flora flower forest fortune foster fox frank franks free friend frost gage gates gay gem
    gentle gift ginger glade glen glory gold golden good goods grace grand grant grave graves gray
    green grey griffin grove guy hale hall happy harbor hardy harmony harper hart haven hawk hay
    haze hazel head heath heather heaven henna herb hero hill hills holiday holly home honest
    honey hood hook hope horn house hunt hunter ice india iris ivory ivy jack jade jay jazz jet
    jewel job joy judge june just justice kay keen key kind king kit knight knots lace lake lamb
    lance lane large lark law lawn laws leaf lee lemon liberty lily link little lodge long love
    loyal luck lucky lunar mace magic magnolia mai main major manly mar marble march marina mark
    marks marsh marshal marshall mason mast max may mercer mercy merit merry miles mill miller
    mills mint misty moon moor moose moss myth nation nature newt nick night noble north nova oak
    oaks ocean olive omega opal otter pace page pages paige palmer pansy park parker parks parson
    pat patience pax peace pearl penny pepper perch petal pierce pike pine piper plum poet pole
    pond pope poppy porter post potter powers precious price prince princess prudence queen quill
    rain rainbow ran raven ray read reed rich rider ridge rip river rivers rob robin rock rocky
    rod rode rose roses rover royal ruby rue rush rust rusty sable sage sailor sand sandy sang
    savage sawyer scarlet scout sea serene serenity shad shade sharp shaw shepherd shore short
    silver singer sister skip sky slate sly small smart smith snow solo song sonny south spark
    sparrow spencer spike spring star stark steel sterling stone storm stormy story street strong
    sue summer summers sun sunny sunshine swan sweet swift tailor tall tanner temple tiger tiny
    towns trace treasure tree trench trinity trip trout true tucker turner ty vale van velvet
    victor vie viking violet virgin walker wall ward warden ware warm watch waters wave waverly
    weaver wells west wheeler whirl white wild wilder will willow winner winter wise wit wolf wood
    woods woody worth wright yale young zen zest zip
    """.split()
)

# Words of display names that name nobody when they stand alone: "Support Team", "The Boss".
COMMON_WORDS = frozenset(
    """
    a able about above account accounts across actually add admin afaik after again against all
    almost along already also although alumni always am among an analyst analytics and anonymous
    another answer any anyone anything api app apprentice architect architecture are area around
    array as ask assistant at available away awesome back bad bar base baz be bear because become
    been beer before began begin behind being below between big birthday bit board body book
    bookkeeping boss bot both bots box boy bring btw bug bugs build building business but buy by
    cache calendar call came can captain care cat center chair change channel chapter chat check
    cheers chef chief child class clean clear client close closed cloud club coach code coffee
    cofounder cold come commit community company compiler complex compliance computer congrats
    console consultant contact content contractor control cool coordinator core could country
    course cover css culture cursor customer cut dark data date days dead deal debug default
    define demo deploy design designer desk dev developer development did digital director do docs
    doctor documentation does dog done door down dr draft dragon drive driver during each easy eat
    edit editor eight else emacs email eng engineer engineering english enough error errors even
    event events every everyone everything example executive expert export extra eye face fact
    family far fast father feedback feel few figure file final finance find fine fire first five
    fix float floor follow foo food foot for form former forum found founder four framework
    freelance freelancer from front full fun function functions funny future fyi game gaming
    garden gave general get ghost girl git github give given go goes gone got great group grow
    growth guest guild had half hand hard has hash haskell hat have he heap hear heart heat held
    hello help helper her here hers hey hi high him hiring his hold hot hour how however hr html
    http human i idea if imo import important in index info information infrastructure inside
    instead integer integration integrations intern internal into is issue it its itself java jira
    jobs join joined json junior keep kept kernel kid kids kitchen knew know kotlin lab lady
    lambda land lang language last late later lead leader learn least leave left legal less let
    level lexer libraries library license life light like line linux lisp list lists live local
    log login logs lol look loop lord lost lot low lunch mac machine macro macros made mail make
    maker man management manager many market marketing master matter maybe me mean media meet
    meeting member men merge message method might min mind mine minute miss mister mix mobile mode
    model moderator module mom money monitor monster month more morning most mother move mr mrs ms
    much music must my name near need network never new news next nice nil ninja no nobody node
    nodes none nope nor not note nothing notice now null number object of off office officer often
    oh ok okay old omg on once one online only op open operations operator ops or order other our
    out over own owner package packages packet pair panda paper parser part partner party password
    past patch pay payroll people perhaps person phone photo pick picture pirate pizza place plan
    plant platform play player please plus point popular power present president press principal
    privacy process product production prof professor program programmer project prompt public put
    python quality query question queue quick quiet quite qux racket rather readme real really
    recruiter recruiting red regex release reliability reminder remote repo report repository
    research rest retired return review right road robot room root round run runtime sad said
    sales same save saw say scala schema scheme school science scientist screen script search
    second secret secretary security see seem seen senior sent server service services set seven
    several shall share she shell ship shop shot should show side sign simple since sir sit site
    six size slack sleep slow so social socket software some somebody someone something soon sorry
    sort sound source space speak special sql squad stack staff stage stand start started state
    status stay step still stop store string struct student studio stuff success such sudo sum
    super support sure syntax system systems tab table tabs take talent talk tea teacher team
    teams tech technical tell ten term terminal test tester testing tests text than thank thanks
    that the their them then there these they thing things think third this those thought thread
    three through ticket time title to today together token told tomorrow tonight too took tool
    tools top total toward town track trade train trainee trainer training travel tribe tried
    trouble try turn two type types uncle under unicorn unit unix unknown until up update upon url
    us use used user username users using value values vector vendor very vice video view vim
    visitor voice volunteer wait want was watcher water way we web website week weekend weird
    welcome well went were what when where whether which while who whole whose why wife wiki win
    window windows wish with within without wizard woman women wonder word words work worker
    workflow world would write writer wrong wtf xml yaml yeah year years yep yes yesterday yet you
    your yours yourself zero zoom
    """.split()
)


@cache
def read_lexicon(name: Lexicon) -> frozenset[str]:
    """Read one of the longer lists, all in lower case.

    `common`: words that are written often. `ordinary`: words that are also somebody's name, or one
    letter away from one. `foreign`: such words of other languages. `elsewhere`: places, products
    and peoples, many of which are somebody's name. `faker_first`, `faker_last`: Faker's names, and
    `given`, `last` those that it lacks.
    """
    text = files("storage").joinpath("lexicon", f"{name}.txt").read_text(encoding="utf-8")
    return frozenset(text.split())


@cache
def read_words() -> frozenset[str]:
    """Read all words that a name, or a mistyped name, may be instead."""
    listed = read_lexicon("common") | read_lexicon("ordinary")
    return listed | COMMON_WORDS | NAME_WORDS | CALENDAR_WORDS
