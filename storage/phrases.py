"""Phrases that stand around people: what they are to us, what they do, what is done to them."""

from itertools import product

from storage.drafts import MARK


def _list(words: str) -> frozenset[str]:
    """Read words with white space between; those of a phrase are joined by underscores."""
    return frozenset(word.replace("_", " ") for word in words.split())


def _join(first: str, second: str) -> frozenset[str]:
    return frozenset(" ".join(pair) for pair in product(_list(first), _list(second)))


OWNERS = _list("my his her their our your with and")
FAMILY = _list(
    """
    son sons daughter daughters wife husband spouse fiance fiancee brother sister sibling cousin
    nephew niece uncle aunt auntie mom mum mother dad father grandma grandpa grandmother
    grandfather grandson granddaughter stepson stepdaughter stepmother stepfather boyfriend
    girlfriend partner friend buddy pal mate boss manager supervisor mentor colleague coworker
    co-worker teammate intern assistant neighbor neighbour roommate flatmate landlord doctor
    dentist therapist lawyer teacher trainer nanny babysitter kid baby toddler counterpart
    cofounder brother-in-law sister-in-law mother-in-law father-in-law son-in-law daughter-in-law
    frau mann sohn tochter freund freundin chef chefin kollege kollegin mari femme fils fille
    copain copine ami amie hijo hija esposa esposo hermano hermana amigo amiga jefe jefa filho
    filha irm\u00e3o irm\u00e3 moglie marito figlio figlia
    """
)
PERSONS = _list(
    """
    guy man woman person lady gentleman girl boy someone somebody dude chap bloke gal fellow
    colleague hire starter intern applicant candidate newbie newcomer rookie junior senior student
    tenant neighbor neighbour landlord landlady patient guest visitor
    """
)
PROFESSIONS = _list(
    """
    accountant actor actress agent analyst architect artist assistant attorney auditor author baker
    banker barber barista barrister bookkeeper broker builder butcher caretaker carpenter cashier
    caterer ceo cfo chef chiropractor cleaner clerk coach cofounder co-founder consultant
    contractor cook copywriter courier cpo cto dentist designer developer dietitian director doctor
    driver economist editor electrician engineer estate_agent farmer florist founder
    freelancer gardener gp guide hairdresser handyman headmaster headhunter hr_manager
    illustrator instructor insurer interpreter janitor jeweler journalist judge landlady landlord
    lawyer lecturer librarian locksmith mechanic mediator mediator midwife moderator musician
    notary nurse optician orthodontist painter paralegal paramedic pastor pediatrician pharmacist
    photographer physician physio physiotherapist pianist pilot plumber policeman postman priest
    principal producer professor psychologist psychiatrist rabbi realtor receptionist recruiter
    researcher reporter roofer sailor salesman saleswoman secretary sergeant singer solicitor
    surgeon surveyor tailor teacher technician therapist trainee trainer translator treasurer tutor
    vet veterinarian waiter waitress warden writer
    anwalt anwältin arzt ärztin hausmeister notar notarin steuerberater steuerberaterin
    vermieter vermieterin avocat avocate notaire médecin plombier abogado abogada médico
    advocaat notaris huisarts
    """
)
BELONGINGS = _list(
    """
    cv resume r\u00e9sum\u00e9 birthday bday wedding funeral baby pregnancy vacation
    holiday holidays pto leave
    maternity_leave parental_leave paternity_leave sick_leave sick_note visa badge desk inbox
    interview references salary payslip first_day last_day farewell farewell_party parents wife
    husband kid kids son daughter mom mum dad mother father brother sister boss manager laptop chair
    phone phone_number mobile flight luggage bike car dog cat lunch onboarding probation
    resignation retirement promotion application notice handwriting accent cubicle lebenslauf
    """
)
OF_THINGS = _list(
    """
    books breaks brings changes checks closes comes covers delivers feels finishes follows gets
    goes has is keeps leaves lives looks makes moves needs opens packs pays plans returns runs says
    sees sells sets shows sits starts stays stops suits takes tests thinks updates uses works wins
    orders reports packs prints hands drives ships reserves drafts releases schedules visits
    ist war hat kann wird bleibt kommen gehen sind haben werden est vient arrive está viene
    llega va tem ha è är er kommt geht bringt macht
    """
) - _list("takes runs drives covers brings keeps needs checks thinks gives makes leaves")
TITLES = _list(
    """
    mr mrs ms mx miss mister dr doctor prof professor sir madam dame herr herrn frau se\u00f1or
    se\u00f1ora senor senora sr sra monsieur madame mme mlle signor signora sig capt sgt rev aunt
    auntie uncle grandma grandpa cousin nurse pani pan hr fr dhr mevr mevrouw meneer m.
    """
)
NAMED = _list("named nicknamed") | _join("my his her whose your", "name_is name_was name's")
GREETINGS = _list(
    """
    hi hiya hey heyy heya hello howdy yo dear hola hallo salut bonjour ciao moin servus ol\u00e1
    ola oi hej good_morning good_afternoon good_evening good_night good_luck goodnight morning gm
    bye goodbye farewell thanks thank_you thank_u thankyou thx thnx thanx ty tysm tyvm cheers kudos
    props bravo danke merci gracias grazie obrigado obrigada tack bedankt liebe lieber ch\u00e8re
    cher chere querido querida congrats congratulations welcome welcome_back welcome_aboard sorry
    happy_birthday hbd well_done nice_one nice_work great_work great_job good_job good_work
    good_point good_catch good_call nice_catch rip cc bcc attn /cc cc'ing thanks_again
    thanks_so_much thanks_a_lot thanks_a_ton thanks_a_bunch thanks_a_million thank_you_so_much
    hi_there hey_there hello_there big_thanks many_thanks +1
    """
)
DEALINGS = (
    _list(
        """
        ask asks asked asking tell tells told telling ping pings pinged pinging nudge nudged poke
        poked remind reminds reminded reminding invite invited inviting dm dms dmed dm'd dming cc
        cc'd cced bug meet meets met interview interviewed interviewing hire hired hiring marry
        married dating hug hugged greet greeted contact contacted contacting phone phoned phoning
        thank thanked thanking congratulate congratulated introduce introduced love loved trust
        trusted visit visited visiting miss missed know knew knows see saw seen believe believed
        blame blamed loop_in looped_in looping_in bring_in bringing_in brought_in add added adding
        assign assigned help helped helping teach taught wake hear_from heard_from heard_back_from
        according_to wait_for waiting_for waited_for waits_for wait_on waiting_on let lets both
        pair_up demande_\u00e0 frag frage fragt pregunta_a chiedi_a vraag message email msg e-mail
        dm_from message_from ping_from update_from reply_from note_from mail_from email_from
        """
    )
    | _join(
        """
        hand_over handing_over handed_over talk talks talked talking speak speaks spoke spoken
        speaking chat chatted chatting listen listened write wrote written
        reach_out reached_out reaching_out say_hi say_hello said_hi
        belong belongs report reports reported assign assigned send sent give gave forward
        forwarded escalate escalated credit kudos props thanks shout_out shoutout hats_off happened
        hand handed apologize apologized apologise apologised married engaged introduced introduce
        it_up up it_over it_back it this that them listening
        """,
        "to",
    )
    | _join(
        """
        talk talks talked talking speak spoke speaking chat chatted chatting meet met meeting sync
        synced syncing pair paired pairing check checked checking catch_up caught_up follow_up
        followed_up touch_base lunch dinner coffee breakfast drinks beers 1:1 1-1 1on1 one-on-one
        work works worked working agree agreed disagree disagreed argue argued stay stayed live
        lives hang_out hanging_out went going go came deal dealing interview call calls review
        handover school
        """,
        "with w/ w",
    )
    | _join(
        """
        written reviewed approved signed reported fixed made done suggested owned led run merged
        found assigned drafted confirmed signed_off quote_of_the_day book talk paper video post
        """,
        "by",
    )
)
ADVERBS = _list("also just already still really never always probably then now only even")
DEEDS = _list(
    """
    said says asks asked think thinks thought told tells wrote writes want wants wanted knows
    knew replies replied agrees agreed disagrees disagreed mentions mentioned suggests suggested
    confirms confirmed emailed e-mailed pinged texted messaged promised offered volunteered forgot
    noticed explains explained likes liked lives loves loved hates hated prefers preferred hopes
    feels felt believes believed insists insisted claims claimed reckons approved reviewed signed
    laughed smiled cried resigned quit joined met set pushed merged shipped broke rewrote leaked
    deleted created started stopped moved opened reverted rebooted restarted grew went got gave
    took came made sent saw brought bought left ran wore owes helped fixed found here will_be disse
    sagt meint hat dit dice dijo dijo_que owns owned
    """
)
HABITS = _list(
    """
    accepts adds agrees answers approves arrives asks attends bakes begins books bought breaks
    brings builds buys calls cancels carries chairs changes checks chooses cleans closes collects
    comes cooks covers creates decides delivers deploys designs discusses does drafts drives edits
    emails explains facilitates feels fetches finds finishes fixes flies follows forgets gets gives
    goes handles hands has hates helps hosts installs introduces invites joins keeps knows leads
    learns leaves lends likes lives looks loves maintains makes manages mails meets mentions mentors
    merges migrates moves needs onboards opens orders organizes organises owns packs paints
    participates pays picks prefers prepares presents prints promises proposes publishes pushes
    reads rebases receives releases remembers replaces replies reports reserves returns reviews
    rewrites runs says schedules sees sells sends sets shares ships shows signs sits sorts speaks
    speaks stands starts stays stops suggests supports takes talks teaches tells tests thinks trains
    travels tries understands updates uses visits volunteers waits walks wants watches wears wins
    wishes works writes
    schreibt macht kommt geht hat ist war sagt meint kann will muss soll übernimmt fährt
    bringt wird weiß fragt braucht holt schickt arbeitet prüft bleibt nimmt liest
    kommen gehen sind haben werden
    est fait dit vient arrive prend envoie demande travaille veut peut doit sera
    está tiene viene dice hace llega quiere puede envía trabaja va tem vai diz faz quer
    pode heeft komt gaat zegt maakt doet werkt wil kan moet wordt zit
    ha è viene fa dice vuole può deve har kommer sier säger siger är er
    """
)
YOU = _list("you u your yours pls please thanks thx ty")
BEING = _list("is was isn't isnt wasn't 's \u2019s")
STATES = _list(
    """
    sick ill ooo away afk wfh late pregnant married engaged joining asking wondering working
    leaving traveling travelling coming going saying thinking presenting taking writing waiting
    back here around busy free available right wrong happy sad angry upset tired great awesome
    amazing sure afraid retiring moving getting gonna turning from out off my our his her their
    your so very really on_vacation on_holiday on_holidays on_leave on_pto on_maternity
    on_paternity on_call on_it on_a on_the running_late looking_into looking_at looking_for in_a
    at_lunch at_the the_best not_here not_in not_around not_available not_coming not_happy not_sure
    """
)
SEEKING = _list("is where's where\u2019s where_is was")
PRESENT = _list(
    """
    in around back here available online joining coming there off on_vacation on_call on_pto
    on_leave
    """
)
ASKING = _list(
    "can could would will do did are have how what when why where which any please you your"
)
VERBS = _list(
    """
    will would can could should may might must has had does did won't wont can't cant cannot
    wouldn't couldn't shouldn't hasn't hadn't doesn't didn't
    """
)
ENDS = _list(
    """
    for about to if that when who so but at in on with please pls plz how what why where whether re
    regarding before after because since or and & again today tomorrow yesterday now later first
    directly too instead lol haha is was said says from u did does has had would i we know can
    could already real quick quickly rn asap moved tmrw tmw tonight to and+ @
    """
)
CLOSERS = tuple(".,!?;:)]*~\n\"\u2026\u201d<'\u2019|/+\u2192" + MARK)
LABELS = _list(
    """
    name full_name applicant candidate client customer tenant patient guest visitor starter joiner
    hire contact author from attn to owner reporter assignee host interviewer interviewee plaintiff
    defendant beneficiary nanny babysitter driver employee signed user caller attendee attendees
    participant participants speaker speakers approver reviewer reviewers passenger passengers
    referral nom nombre nome naam imi\u0119 klient kunde kundin cliente approved_by reviewed_by
    reviewed-by signed-off-by co-authored-by written_by owned_by lead dri oncall on-call presenter
    facilitator notetaker scribe buddy manager mentor by who winner organizer organiser poc
    maintainer
    """
)
ROLES = _list(
    """
    tenant applicant candidate plaintiff defendant patient colleague babysitter nanny customer
    client klient cliente kunde kundin guest visitor plumber electrician landlord auditor recruiter
    transport_for check feedback_for
    """
)
LABELS |= PROFESSIONS | PERSONS
ROLES |= PROFESSIONS
FAMILY |= PROFESSIONS
PARTINGS = _list(
    """
    regards best_regards kind_regards warm_regards best_wishes best cheers sincerely yours thanks
    thank_you many_thanks gr\u00fc\u00dfe gruss gru\u00df viele_gr\u00fc\u00dfe
    liebe_gr\u00fc\u00dfe mfg lg cordialement saludos cumprimentos saluti groetjes pozdrawiam
    """
)
PLACES = _list(
    """
    s\u00e3o sao san santa santo saint st st. los las puerto porto port fort mount mt mt. lake cape
    rio ciudad villa new north south east west rue via calle avenida avenue plaza place piazza
    """
)
SPEECH = _list(
    """
    said says told tells asked asks thinks thought wrote replied agreed suggested mentioned pinged
    emailed texted messaged joined wants wanted knows knew merged pushed
    broke fixed deployed shipped wrote brought forgot noticed pls plz please reverted rebased
    reviewed approved promised
    confirmed explained brought hates loves and_i just_merged just_pushed already_pinged
    doesn't_know doesn't_think didn't_say didn't_know doesn't_want wasn't_here
    """
)
ABSENCE = _list(
    """
    out off ooo sick ill away wfh afk late joining asking working looking on_vacation on_holiday
    on_leave on_pto on_call on_it not_here not_available not_in running_late in_a at_lunch
    available
    """
)
CONJUNCTIONS = _list("and but so because as if that when while since until what then or")
QUESTIONS = _list("did does has hasn't didn't doesn't where's where\u2019s where_is who_is who's")
NO_OWNER = _list(
    """
    a the not gone over up down too very so just still almost here there coming high low long due
    that it is been going getting always never all
    """
)
