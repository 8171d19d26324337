"""Small pieces of Turtle that are sound but for one thing, each with the shape that must find it.

A heading names the shape (or, of a nameless one, the last part of its path), the culprit, and words of the
message; below it, indented, stands the Turtle. A heading that ends in ``(warning)`` is for a Warning. All
pieces are validated in one graph, so each has names of its own.
"""

import re
from typing import NamedTuple

from .samples import act, claim, day, government, membership, since, succession


class Fault(NamedTuple):
    shape: str
    culprit: str
    told: str
    warning: bool
    turtle: str


_HEADING = re.compile(r"^(\S+) (\S+): (.+?)( \(warning\))?$", re.MULTILINE)


def read(text: str) -> list[Fault]:
    parts = _HEADING.split(text)[1:]
    return [
        Fault(shape, culprit, told, bool(warning), turtle)
        for shape, culprit, told, warning, turtle in zip(*(parts[i::5] for i in range(5)), strict=True)
    ]


P = 'a co:Polity ; rdfs:label "p"@en ; co:kind "other"'
BODY = 'a co:Organisation ; rdfs:label "o"@en ; co:kind "ministry"'
B = f"{BODY} ; a co:Body ; co:evidence :line"
SPAN = 'co:earliest "2001-01-01"^^xsd:date ; co:latest "2001-12-31"^^xsd:date'
OFFICE = f"a co:OfficeHolding ; co:evidence :line ; {SPAN}"
TITLE = 'co:officeTitle "minister"@en'
ON = 'co:attestedOn "2001"'
D = 'a co:Document ; rdfs:label "d"@en ; co:evidence :line'
NAME = "a co:NameUse ; co:evidence :line"
S = 'a co:Source ; rdfs:label "s"@en ; dcterms:title "s"@en ; co:publisher "p" ; co:kind "press" ; co:published "2001"'
SAID = "a co:AttributedStatement ; co:evidence :line"
WHO, WHAT, WHERE = "co:speaker :eva", 'co:claimText "So."@en', "co:reportedBy :report"
THEN = since("2000-01-01")
CLAIM = f"a co:StatusClaim ; co:evidence :line ; {THEN}"
SEAT = f"a co:Membership ; co:evidence :line ; {THEN}"
MEMBER = 'co:membershipStatus "member"'
PAIR = "co:successor :new ; co:predecessor :old"
WITHDRAWN = "WithdrawalOfRecognition"
THAT_DAY = 'rdfs:label "x"@en ; co:asOf "2001-05-01"^^xsd:date'
ON_LOM, TOPIC, HOW = "co:about :lom", 'co:topic "claims"', 'co:completeness "partly"'
REACH = f"a co:CoverageStatement ; {THAT_DAY}"
TOTAL = f"a co:KnownTotal ; {THAT_DAY} ; co:evidence :line"
MEASURE, NUMBER, EXACT = 'co:measure "relations"', "co:number 3", 'co:qualifier "exactly"'

CATALOGUE = read(f"""
Label nameless: label is missing
    :nameless a co:Polity ; co:kind "other" .
Label two-names: one name per language
    :two-names {P} ; rdfs:label "q"@en .
kind kindless: needs one kind
    :kindless a co:Polity ; rdfs:label "p"@en ; co:kind "kingdom" .
isoAlpha2 iso-two: two capital letters
    :iso-two {P} ; co:isoAlpha2 "a1" .
isoAlpha3 iso-three: three capital letters
    :iso-three {P} ; co:isoAlpha3 "AAAA" .
m49 m49: leading zeros
    :m49 {P} ; co:m49 "4" .
Latitude far-north: between -90 and 90
    :far-north {P} ; geo:lat 91.0 .
Longitude far-east: between -180 and 180
    :far-east {P} ; geo:long 181.0 .
Identity linked: must be a Wikidata item
    :linked {P} ; skos:exactMatch :elsewhere .
established badly-born: YYYY-MM-DD
    :badly-born {P} ; co:established "spring 1900" .
ended badly-ended: YYYY-MM-DD
    :badly-ended {P} ; co:ended "1900-13" .
establishedEarliest short-lived: ends before it is established
    :short-lived {P} ; co:establishedEarliest "1950-01-01"^^xsd:date ; co:endedLatest "1949-01-01"^^xsd:date .
territoryClaimedBy claimed: not a polity
    :claimed {P} ; co:territoryClaimedBy :nowhere .
rivalGovernmentOf rival: not a polity
    :rival {P} ; co:rivalGovernmentOf :league .
continues heir: not a polity
    :heir {P} ; co:continues :nowhere .
succeeds newcomer: not a polity
    :newcomer {P} ; co:succeeds :nowhere .
kind kindless-body: needs one kind
    :kindless-body a co:Organisation ; rdfs:label "o"@en .
founded badly-founded: YYYY-MM-DD
    :badly-founded {BODY} ; co:founded "in May" .
seat seated: not a place
    :seated {BODY} ; co:seat :ada .
kind odd-league: global, regional
    :odd-league a co:InternationalOrganisation ; rdfs:label "o"@en ; co:kind "club" .
bodyOf servant: is not in the catalogue
    :servant {B} ; co:bodyOf :eva .
Evidence hearsay-body: entry has no source
    :hearsay-body {BODY} ; a co:Body .
governmentOf stateless: exactly one polity
    {government("stateless", THEN, ":league")}
phase odd-phase: must be in office
    {government("odd-phase", 'co:phase "popular"')}
since badly-begun: beginning of a government
    {government("badly-begun", 'co:since "in spring"')}
startEarliest short-reign: ends before it begins
    {government("short-reign", since("2001-01-01", "2000-01-01"))}
Label unnamed-person: label is missing
    :unnamed-person a co:Person ; co:evidence :line .
Evidence hearsay-person: entry has no source
    :hearsay-person a co:Person ; rdfs:label "x"@en .
holder held-by-none: one holder
    :held-by-none {OFFICE} ; {TITLE} ; {ON} ; co:officeOf :ada ; co:holder :lom .
officeOf office-of-none: the party
    :office-of-none {OFFICE} ; {TITLE} ; {ON} ; co:holder :eva .
officeTitle untitled: the title
    :untitled {OFFICE} ; {ON} ; co:officeOf :ada ; co:holder :eva .
attestedOn undated: one date
    :undated {OFFICE} ; {TITLE} ; co:officeOf :ada ; co:holder :eva .
SharedCode same-a: share the ISO code
    :same-a {P} ; co:isoAlpha2 "AB" . :same-b {P} ; co:isoAlpha2 "AB" .
SharedCode same-c: share the ISO code
    :same-c {P} ; co:isoAlpha3 "ABC" . :same-d {P} ; co:isoAlpha3 "ABC" .
SharedIdentity same-e: are both linked to (warning)
    :same-e {P} ; skos:exactMatch <http://www.wikidata.org/entity/Q9> .
    :same-f {P} ; skos:exactMatch <http://www.wikidata.org/entity/Q9> .
locatedIn nested: neither a place nor a polity
    :nested a co:Place ; rdfs:label "x"@en ; co:locatedIn :league .
handedBy given: The giver
    :given {D} ; co:handedBy :town .
handedTo taken: The recipient
    :taken {D} ; co:handedTo :town .
publishedBy printed: The publisher
    :printed {D} ; co:publishedBy :town .
publishedOn printed-once: YYYY-MM-DD
    :printed-once {D} ; co:publishedOn "yesterday" .
depicts painted: must be in the catalogue
    :painted {D} ; co:depicts "a man" .
names of-nothing: the named entity
    :of-nothing {NAME} ; co:usedBy :eva ; co:text "x"@en .
usedBy by-nobody: needs its user
    :by-nobody {NAME} ; co:names :lom ; co:text "x"@en .
text wordless: with a language tag
    :wordless {NAME} ; co:names :lom ; co:usedBy :eva ; co:text "x" .
rival lonely: two polities
    :lonely a co:Rivalry ; co:evidence :line ; {THEN} ; co:rival :ada .
disputes denial-of-nothing: exactly one act
    :denial-of-nothing a co:Dispute ; rdfs:label "d"@en ; co:evidence :line ; co:disputedBy :ada ; co:ground "No."@en ;
        {day("2001-01-02")} .
disputedBy nobodys-denial: exactly one party
    :nobodys-denial a co:Dispute ; rdfs:label "d"@en ; co:evidence :line ; co:disputes :recognised ;
        co:ground "No."@en ; {day("2001-01-02")} .
ground groundless: its ground
    :groundless a co:Dispute ; rdfs:label "d"@en ; co:evidence :line ; co:disputes :recognised ; co:disputedBy :ada ;
        {day("2001-01-02")} .
policyOf nobodys-policy: exactly one party
    :nobodys-policy a co:RecognitionPolicy ; rdfs:label "p"@en ; co:evidence :line ; {THEN} .
prefLabel nameless-status: one label per language
    :nameless-status a skos:Concept ; skos:definition "x"@en .
definition undefined-status: needs a definition
    :undefined-status a skos:Concept ; skos:prefLabel "x"@en .
broader narrow-status: broader status
    :narrow-status a skos:Concept ; skos:prefLabel "x"@en ; skos:definition "x"@en ; skos:broader :nothing .
incompatibleWith clashing-status: incompatible status
    :clashing-status a skos:Concept ; skos:prefLabel "x"@en ; skos:definition "x"@en ; co:incompatibleWith :no .
    :no co:incompatibleWith :clashing-status .
OneWayIncompatible silent-status: write it in both rows (warning)
    :silent-status a skos:Concept ; skos:prefLabel "x"@en ; skos:definition "x"@en .
    cost:sovereign co:incompatibleWith :silent-status .
""")

COVERAGE = read(f"""
AsOf timeless: must be given once, as YYYY-MM-DD
    :timeless a co:CoverageStatement ; rdfs:label "x"@en ; {ON_LOM} ; {TOPIC} ; {HOW} .
about aimless: exactly one party, or about the dataset
    :aimless {REACH} ; {TOPIC} ; {HOW} .
topic topicless: must have one topic
    :topicless {REACH} ; {ON_LOM} ; co:topic "weather" ; {HOW} .
completeness half: complete, nearly, partly or incidentally
    :half {REACH} ; {ON_LOM} ; {TOPIC} ; co:completeness "half" .
checkedAgainst mislaid: table of known totals
    :mislaid {REACH} ; {ON_LOM} ; {TOPIC} ; {HOW} ; co:checkedAgainst :report .
UncheckedCoverage boast: does not name the list
    :boast {REACH} ; {ON_LOM} ; {TOPIC} ; co:completeness "nearly" .
about of-nobody: partners of exactly one party
    :of-nobody {TOTAL} ; {MEASURE} ; {NUMBER} ; {EXACT} .
among among-ourselves: members of one international organisation
    :among-ourselves {TOTAL} ; {ON_LOM} ; {MEASURE} ; {NUMBER} ; {EXACT} ; co:among :ministry .
measure unmeasured: measure that the catalogue can count
    :unmeasured {TOTAL} ; {ON_LOM} ; {NUMBER} ; {EXACT} ; co:measure "glory" .
qualifier roughly: exactly, about or at least
    :roughly {TOTAL} ; {ON_LOM} ; {MEASURE} ; {NUMBER} ; co:qualifier "roughly" .
number uncounted: one whole number
    :uncounted {TOTAL} ; {ON_LOM} ; {MEASURE} ; {EXACT} .
""")

ACTS = read(f"""
Evidence hearsay: can only be a proposal
    :hearsay a co:Statement ; rdfs:label "x"@en ; co:actor :ada ; co:object :lom ; {day("2001-03-09")} .
Confidence sure: high, medium or low
    :sure a co:Statement ; rdfs:label "x"@en ; co:actor :ada ; co:object :lom ; {day("2001-01-02")} ;
        co:evidence :line ; co:confidence "quite" .
actor done-by-two: enter a joint act once for each
    {act("done-by-two", "Statement", date="2001-01-03", more="co:actor :new")}
object done-to-place: exactly one object
    {act("done-to-place", "Statement", ":ada :town", "2001-01-04")}
DateAsKnown once-upon: as YYYY-MM-DD
    :once-upon a co:Statement ; rdfs:label "x"@en ; co:actor :ada ; co:object :lom ; co:evidence :line ;
        co:edtf "1 May 2001" ; {SPAN} .
EarliestDay backwards: not be after the latest day
    :backwards a co:Statement ; rdfs:label "x"@en ; co:actor :ada ; co:object :lom ; co:evidence :line ;
        co:edtf "2001-01" ; co:earliest "2001-02-01"^^xsd:date ; co:latest "2001-01-01"^^xsd:date .
LatestDay endless: latest day
    :endless a co:Statement ; rdfs:label "x"@en ; co:actor :ada ; co:object :lom ; co:evidence :line ;
        co:edtf "2001-02" ; co:earliest "2001-02-01"^^xsd:date .
inResponseTo answer-to-none: not an act in the facts
    {act("answer-to-none", "Statement", date="2001-01-05", more="co:inResponseTo :proposal")}
capacity crowned: one known capacity
    {act("crowned", "Recognition", ":new :junta", "2001-01-05", 'co:capacity "king"')}
mode waved-at: mode of a recognition
    {act("waved-at", "Recognition", ":new :junta", "2001-01-06", 'co:mode "wave"')}
inPlaceOf in-place-of-none: is not in the catalogue
    {act("in-place-of-none", "Recognition", ":new :junta", "2001-01-07", "co:inPlaceOf :lom")}
InPlaceOf in-place-of-foreign: belongs to another polity
    {act("in-place-of-foreign", "Recognition", ":new :junta", "2001-01-08", "co:inPlaceOf :foreign")}
    {government("foreign", THEN, ":lom")}
ActOfOrganisation voted-as-one: do not vote
    {act("voted-as-one", "Vote", ":league :lom", "2001-01-09")}
ActOfOrganisation recognised-league: not recognised as states
    {act("recognised-league", "Recognition", ":new :league", "2001-01-09")}
CapacityOfState in-law: does not fit
    {act("in-law", "Recognition", ":new :junta", "2001-01-19", 'co:capacity "de jure"')}
CapacityOfState interim: does not fit
    {act("interim", "Recognition", ":new :lom", "2001-01-20", 'co:capacity "interim president"')}
territory claim-to-nothing: needs the claimed territory
    {act("claim-to-nothing", "RecognitionOfClaim", ":new :lom", "2001-01-21")}
territory claim-to-a-person: one polity or place
    {act("claim-to-a-person", "RecognitionOfClaim", ":new :lom", "2001-01-22", "co:territory :eva")}
RelationsWithGovernment opened-with-junta: relations are between states
    {act("opened-with-junta", "EstablishmentOfRelations", ":new :junta", "2001-01-09")}
OutsideGovernment before-junta: which began later (warning)
    {act("before-junta", "Statement", ":new :junta", "1999-01-10")}
OutsideGovernment after-council: had already ended (warning)
    {act("after-council", "Statement", ":new :council", "2004-01-10")}
OwnObject selfish: are the same party
    {act("selfish", "Recognition", ":new :new", "2001-01-06")}
EarlyEnd too-early: is earlier than every known recognition
    {act("too-early", WITHDRAWN, ":lom :new", "2000-12-31")}
    {act("too-late", "Recognition", ":lom :new", "2001-01-02")}
EarlyEnd frozen-early: is earlier than every known recognition
    {act("frozen-early", "FreezeOfRecognition", ":new :rival", "2000-12-31")}
    {act("thawed-late", "Recognition", ":new :rival", "2001-01-02")}
UnfoundedEnd unfounded: is not known (warning)
    {act("unfounded", WITHDRAWN, ":new :ada", "2000-12-31")}
UnfoundedBreak unopened: without any known earlier act (warning)
    {act("unopened", "SeveranceOfRelations", ":new :ada", "2001-01-02")}
    {act("opened-later", "EstablishmentOfRelations", ":ada :new", "2001-01-03")}
UnfoundedBreak suspended-unopened: without any known earlier act (warning)
    {act("suspended-unopened", "SuspensionOfRelations", ":new :lom", "2001-01-02")}
EarlyAnswer answered-early: is dated before
    {act("answered-early", "Statement", date="2001-01-07", more="co:inResponseTo :asked-late")}
    {act("asked-late", "Statement", date="2001-01-08")}
AnswerCircle hen: responds to itself
    {act("hen", "Statement", date="2001-01-09", more="co:inResponseTo :egg")}
AnswerCircle egg: responds to itself
    {act("egg", "Statement", ":lom :ada", "2001-01-09", more="co:inResponseTo :hen")}
UnfoundedRestoration unbroken: no earlier break is known (warning)
    {act("unbroken", "RestorationOfRelations", date="2001-01-12")}
exceptionTo excused-oddly: name one of the shapes
    {act("excused-oddly", "Statement", date="2001-01-13", more='co:exceptionTo "Label" ; skos:note "So it is."@en')}
note noteless: needs a note
    {act("noteless", "Statement", date="2001-01-14", more='co:exceptionTo "OutsideLife"')}
OutsideLife posthumous: had already ended (warning)
    {act("posthumous", "Statement", ":old :lom", "2001-01-10")}
OutsideLife unborn: which was established later (warning)
    {act("unborn", "Statement", ":ada :lom", "1850-01-10")}
LateRecognition recognised-late: relations imply recognition (warning)
    {act("recognised-late", "Recognition", ":rival :lom", "2001-02-03")}
    {act("already-open", "EstablishmentOfRelations", ":lom :rival", "2001-02-02")}
NewYearsDay new-year: give the year alone (warning)
    {act("new-year", "Statement", date="2001-01-01")}
DoubledByContinuity after-the-name: keep the one for the polity at the time (warning)
    {act("after-the-name", "Recognition", ":later :ada", "2001-01-12")}
    {act("before-the-name", "Recognition", ":former :ada", "2001-01-12")}
    :later {P} ; co:continues :former . :former {P} .
TwiceEntered twice-a: is also entered under another name (warning)
    {act("twice-a", "Statement", date="2001-01-11")}
    {act("twice-b", "Statement", date="2001-01-11")}
""")

CLAIMS = read(f"""
claimant held-by-two: exactly one claimant
    :held-by-two {CLAIM} ; co:claimant :ada , :lom ; co:about :ada ; co:status cost:state .
about about-nothing: exactly one polity
    :about-nothing {CLAIM} ; co:claimant :ada ; co:status cost:state .
status two-in-one: exactly one status
    :two-in-one {CLAIM} ; co:claimant :ada ; co:about :old ; co:status cost:state , cost:sovereign .
ofWhom of-place: not a party
    {claim("of-place", ":lom :lom", "state", THEN, "co:evidence :line ; co:ofWhom :town")}
Evidence unheard: entry has no source
    {claim("unheard", ":lom :old", "state", THEN, 'co:confidence "low"')}
Since since-ever: beginning must be given once
    :since-ever a co:StatusClaim ; co:claimant :old ; co:about :old ; co:status cost:state ; co:evidence :line ;
        co:startEarliest "2000-01-01"^^xsd:date ; co:startLatest "2000-01-01"^^xsd:date .
Until until-when: end must be given at most once
    {claim("until-when", ":old :ada", "state", THEN, 'co:evidence :line ; co:until "soon"')}
StartEarliest ends-first: ends before it begins
    {claim("ends-first", ":league :ada", "state", since("2000-01-01", "1999-01-01"))}
StartLatest no-latest: latest day of the beginning
    :no-latest a co:StatusClaim ; co:claimant :old ; co:about :lom ; co:status cost:state ; co:evidence :line ;
        co:since "2000" ; co:startEarliest "2000-01-01"^^xsd:date .
EndEarliest end-backwards: must not be after the latest
    {claim("end-backwards", ":league :lom", "state", THEN, 'co:evidence :line ; co:until "2001"')}
    :end-backwards co:endEarliest "2002-01-01"^^xsd:date ; co:endLatest "2001-12-31"^^xsd:date .
EndLatest two-ends: latest day of the end
    {claim("two-ends", ":league :old", "state", THEN, 'co:evidence :line ; co:endLatest "2001-01-01"^^xsd:date')}
    :two-ends co:endLatest "2002-01-01"^^xsd:date .
Contradiction clash-a: are incompatible
    {claim("clash-a", ":league :new", "sovereign", THEN)}
Contradiction clash-b: are incompatible
    {claim("clash-b", ":league :new", "no-state", since("2001-01-01"))}
member seat-of-none: exactly one member
    :seat-of-none {SEAT} ; {MEMBER} ; co:organisation :league .
organisation seat-in-body: exactly one international organisation
    :seat-in-body {SEAT} ; {MEMBER} ; co:member :lom ; co:organisation :ministry .
membershipStatus seat-as-guest: one known status
    :seat-as-guest {SEAT} ; co:member :lom ; co:organisation :league ; co:membershipStatus "guest" .
TwoSpells overlapping-a: merge them, or end one (warning)
    {membership("overlapping-a", since("1950-01-01", "1980-01-01"))}
    {membership("overlapping-b", since("1970-01-01", "1990-01-01"))}
successor same-heir: exactly one successor
    {succession("same-heir", 'co:successor :old ; co:predecessor :old ; co:successionKind "succeeds"')}
predecessor no-forebear: exactly one predecessor
    {succession("no-forebear", 'co:successor :new ; co:successionKind "succeeds"')}
successionKind odd-passing: needs one kind
    {succession("odd-passing", f'{PAIR} ; co:successionKind "stole"')}
carriesRelations half-carried: as true or false
    {succession("half-carried", f'{PAIR} ; co:successionKind "succeeds" ; co:carriesRelations "some"')}
carriesRecognitions half-kept: carries on recognitions must be given once
    {succession("half-kept", f'{PAIR} ; co:successionKind "succeeds" ; co:carriesRecognitions "some"')}
heldBy nobodys: a party that claims it
    {succession("nobodys", f'{PAIR} ; a co:ContestedSuccession ; co:successionKind "succeeds"')}
""")

WORDS = read(f"""
AttributedStatement unspoken: needs a speaker
    :unspoken {SAID} ; {WHAT} ; {WHERE} .
speaker spoken-by-place: The speaker is not a person
    :spoken-by-place {SAID} ; {WHAT} ; {WHERE} ; co:speaker :town .
speaksFor spoken-for-place: spoken for is not in the catalogue
    :spoken-for-place {SAID} ; {WHAT} ; {WHERE} ; {WHO} ; co:speaksFor :town .
claimText unsaid: needs its content
    :unsaid {SAID} ; {WHERE} ; {WHO} .
about about-word: subject of a statement must be in the catalogue
    :about-word {SAID} ; {WHAT} ; {WHERE} ; {WHO} ; co:about "Lom" .
reportedBy unreported: source that reports it
    :unreported {SAID} ; {WHAT} ; {WHO} .
statementKind sung: announces, confirms, denies
    :sung {SAID} ; {WHAT} ; {WHERE} ; {WHO} ; co:statementKind "sings" .
saidOn said-then: YYYY-MM-DD
    :said-then {SAID} ; {WHAT} ; {WHERE} ; {WHO} ; co:saidOn "then" .
earliest said-backwards: one day, not after the latest
    :said-backwards {SAID} ; {WHAT} ; {WHERE} ; {WHO} ; co:saidOn "2001" ;
        co:earliest "2001-12-31"^^xsd:date ; co:latest "2001-01-01"^^xsd:date .
source from-nowhere: exactly one source
    :from-nowhere a co:Evidence .
Quotation unvoiced: quotation needs a speaker
    :unvoiced a co:Quotation ; co:source :report ; co:text "well, well"@en .
text unquoted: quotation needs its words
    :unquoted a co:Quotation ; co:source :report ; co:speakerName "Eva"@en .
text long-winded: longer than twelve words (warning)
    :long-winded a co:Quotation ; co:source :report ; co:speakerName "Eva"@en ;
        co:text "one two three four five six seven eight nine ten eleven twelve thirteen"@en .
UndescribedSource without-title: lacks a title, publisher, kind or date (warning)
    :without-title a co:Source ; rdfs:label "s"@en ; co:publisher "p" ; co:kind "press" ; co:published "2001" .
UndescribedSource without-publisher: lacks a title, publisher, kind or date (warning)
    :without-publisher a co:Source ; rdfs:label "s"@en ; dcterms:title "s"@en ; co:kind "press" ; co:published "2001" .
UndescribedSource without-kind: lacks a title, publisher, kind or date (warning)
    :without-kind a co:Source ; rdfs:label "s"@en ; dcterms:title "s"@en ; co:publisher "p" ; co:published "2001" .
UndescribedSource without-date: lacks a title, publisher, kind or date (warning)
    :without-date a co:Source ; rdfs:label "s"@en ; dcterms:title "s"@en ; co:publisher "p" ; co:kind "press" .
Source unfindable: something by which it can be found
    :unfindable a co:Source ; rdfs:label "s"@en .
url badly-addressed: begin with http
    :badly-addressed {S} ; co:url "example.org"^^xsd:anyURI .
archivedUrl badly-archived: begin with http
    :badly-archived {S} ; co:archivedUrl "https://example.org/kept" .
repositoryPath badly-filed: owner/repository:path
    :badly-filed {S} ; co:repositoryPath "somewhere" .
published badly-published: as YYYY-MM-DD
    :badly-published {S} ; co:published "last week" .
publishedEarliest published-backwards: must not be after the latest
    :published-backwards {S} ; co:publishedEarliest "2002-01-01"^^xsd:date ;
        co:publishedLatest "2001-01-01"^^xsd:date .
kind unheard-kind: A source must have one kind
    :unheard-kind {S} ; co:kind "gossip" .
reportedIn known-through-place: is not a source
    :known-through-place {S} ; co:reportedIn :town .
HoldsOnADay today: must not be entered
    :today {P} ; co:recognises :lom .
type entered-period: must not be entered
    :entered-period a co:RecognitionPeriod .
""")

FAULTS = CATALOGUE + COVERAGE + ACTS + CLAIMS + WORDS
