"""A small sound graph of two made-up polities, and makers of single entries that are sound but for one thing."""

from rdflib import Graph

PREFIXES = """
@prefix : <https://w3id.org/comity/test/> .
@prefix co: <https://w3id.org/comity/ontology#> .
@prefix cost: <https://w3id.org/comity/status/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix geo: <http://www.w3.org/2003/01/geo/wgs84_pos#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def graph(turtle: str) -> Graph:
    return Graph().parse(data=PREFIXES + turtle, format="turtle")


def day(date: str) -> str:
    return f'co:edtf "{date}" ; co:earliest "{date}"^^xsd:date ; co:latest "{date}"^^xsd:date'


def since(start: str, end: str = "") -> str:
    told = f'co:since "{start}" ; co:startEarliest "{start}"^^xsd:date ; co:startLatest "{start}"^^xsd:date'
    if end:
        told += f' ; co:until "{end}" ; co:endEarliest "{end}"^^xsd:date ; co:endLatest "{end}"^^xsd:date'
    return told


def act(name: str, kind: str, sides: str = ":ada :lom", date: str = "2001-05-01", more: str = "") -> str:
    """An act with everything it needs: ``sides`` are actor and object, ``more`` goes on with the Turtle."""
    actor, object_ = sides.split()
    tail = f" ; {more}" if more else ""
    return (
        f':{name} a co:{kind} ; rdfs:label "{name}"@en ; co:actor {actor} ; co:object {object_} ;'
        f' {day(date)} ; co:confidence "high" ; co:evidence :line{tail} .\n'
    )


def polity(name: str, more: str = 'co:kind "other"') -> str:
    return f':{name} a co:Polity ; rdfs:label "{name}"@en ; {more} .\n'


def government(name: str, more: str, of: str = ":ada") -> str:
    return (
        f':{name} a co:Organisation , co:Body , co:Government ; rdfs:label "{name}"@en ; co:kind "government" ;'
        f" co:evidence :line ; co:governmentOf {of} ; {more} .\n"
    )


def claim(name: str, sides: str, status: str, when: str, more: str = "co:evidence :line") -> str:
    claimant, about = sides.split()
    return (
        f":{name} a co:StatusClaim ; co:claimant {claimant} ; co:about {about} ; co:status cost:{status} ;"
        f" {when} ; {more} .\n"
    )


def membership(name: str, when: str, more: str = 'co:membershipStatus "member"') -> str:
    return (
        f":{name} a co:Membership ; co:member :ada ; co:organisation :league ; co:evidence :line ; {when} ;"
        f" {more} .\n"
    )


def succession(name: str, more: str) -> str:
    return f":{name} a co:Succession ; co:evidence :line ; {day('2000-01-01')} ; {more} .\n"


GOOD = (
    """
:report a co:Source ; rdfs:label "Report"@en ; dcterms:title "Report"@en ; co:publisher "The Ada Times" ;
    co:kind "press" ; co:url "https://example.org/report"^^xsd:anyURI ; co:published "2001-05" ;
    co:publishedEarliest "2001-05-01"^^xsd:date ; co:publishedLatest "2001-05-31"^^xsd:date .
:note a co:Source ; rdfs:label "Note"@en ; dcterms:title "Note"@en ; co:issuedBy :ministry ; co:kind "official" ;
    co:published "2001" ; co:repositoryPath "owner/repo:path/to.csv" ; co:reportedIn :report .
:line a co:Evidence ; co:source :report .
:words a co:Quotation ; co:text "no friend of ours"@en ; co:speaker :eva ; co:source :report .
cost:state a skos:Concept ; skos:prefLabel "State"@en ; skos:definition "A state."@en ;
    co:incompatibleWith cost:no-state .
cost:sovereign a skos:Concept ; skos:prefLabel "Sovereign"@en ; skos:definition "A sovereign one."@en ;
    skos:broader cost:state .
cost:no-state a skos:Concept ; skos:prefLabel "None"@en ; skos:definition "No state."@en ;
    co:incompatibleWith cost:state .
:ada a co:Polity , co:State ; rdfs:label "Ada"@en , "Ada"@de ; co:kind "un_member" ; co:isoAlpha2 "AA" ;
    co:isoAlpha3 "AAA" ; co:m49 "004" ; geo:lat 10.5 ; geo:long -20.5 ; co:established "1900" ;
    co:establishedEarliest "1900-01-01"^^xsd:date ; co:establishedLatest "1900-12-31"^^xsd:date ;
    skos:exactMatch <http://www.wikidata.org/entity/Q1> .
:lom a co:Polity , co:DeFactoEntity ; rdfs:label "Lom"@en ; co:kind "de_facto" ; co:territoryClaimedBy :ada .
:old a co:Polity ; rdfs:label "Old Ada"@en ; co:kind "former_state" ; co:ended "1999-12-31" ;
    co:endedEarliest "1999-12-31"^^xsd:date ; co:endedLatest "1999-12-31"^^xsd:date .
:new a co:Polity ; rdfs:label "New Ada"@en ; co:kind "un_member" ; co:continues :old .
:league a co:Organisation , co:InternationalOrganisation ; rdfs:label "League"@en ; co:kind "global" ;
    co:founded "1945-10-24" .
:ministry a co:Organisation , co:Body ; rdfs:label "Ministry"@en ; co:kind "ministry" ; co:bodyOf :ada ;
    co:seat :town ; co:evidence :line .
:eva a co:Person ; rdfs:label "Eva"@en ; co:evidence :line .
:town a co:Place ; rdfs:label "Town"@en ; co:locatedIn :ada ; geo:lat 1.0 ; geo:long 2.0 .
:letter a co:Document ; rdfs:label "Paper"@en ; co:handedBy :eva ; co:handedTo :ministry ; co:evidence :line .
:photo a co:Document , co:Photograph ; rdfs:label "Photograph"@en ; co:depicts :letter ; co:publishedBy :ministry ;
    co:publishedOn "2001-05-02" ; co:evidence :line .
:office a co:OfficeHolding ; co:holder :eva ; co:officeOf :ada ; co:officeTitle "minister"@en ; co:evidence :line ;
    co:attestedOn "2001" ; co:earliest "2001-01-01"^^xsd:date ; co:latest "2001-12-31"^^xsd:date .
:said a co:AttributedStatement ; co:speaker :ministry ; co:speaksFor :ada ; co:about :lom , :recognised ;
    co:saidOn "2001-05-02" ; co:claimText "Lom is no friend."@en ; co:reportedBy :report ; co:evidence :words ;
    co:earliest "2001-05-02"^^xsd:date ; co:latest "2001-05-02"^^xsd:date .
:called a co:NameUse ; co:names :lom ; co:usedBy :ministry ; co:text "the rebels"@en ; co:evidence :line .
:practice a co:RecognitionPolicy ; rdfs:label "Practice"@en ; co:policyOf :ada ; co:evidence :line ;
    co:since "2000-01-01" ; co:startEarliest "2000-01-01"^^xsd:date ; co:startLatest "2000-01-01"^^xsd:date .
:denial a co:Dispute ; rdfs:label "Denial"@en ; co:disputes :withdrawn ; co:disputedBy :lom ; co:ground "No."@en ;
    co:evidence :line ; co:edtf "2002-06-01" ; co:earliest "2002-06-01"^^xsd:date ; co:latest "2002-06-01"^^xsd:date .
:feud a co:Rivalry ; co:rival :ada , :new ; co:evidence :line ; co:since "2000-01-01" ;
    co:startEarliest "2000-01-01"^^xsd:date ; co:startLatest "2000-01-01"^^xsd:date .
:twelve a co:KnownTotal ; rdfs:label "Friends of Lom"@en ; co:about :lom ; co:measure "recognisers" ; co:number 12 ;
    co:among :league ; co:qualifier "exactly" ; co:asOf "2001-05-01"^^xsd:date ; co:evidence :line .
:reach a co:CoverageStatement ; rdfs:label "Coverage of Lom"@en ; co:about :lom ; co:topic "recognition" ;
    co:completeness "complete" ; co:asOf "2001-05-01"^^xsd:date ; co:checkedAgainst :twelve .
:rest a co:CoverageStatement ; rdfs:label "Coverage of others"@en ; co:about <https://w3id.org/comity/dataset> ;
    co:topic "claims" ; co:completeness "incidentally" ; co:asOf "2001-05-01"^^xsd:date .
"""
    + government("junta", f'{since("2000-01-01")} ; co:phase "in office"')
    + government("council", since("1990-01-01", "2003-01-01"))
    + act(
        "chosen",
        "Recognition",
        ":lom :junta",
        more='co:capacity "de facto government" ; co:inPlaceOf :council',
    )
    + act("broken-with", "SeveranceOfRelations", ":lom :council", "2001-05-01")
    + act("received", "Accreditation", ":new :junta")
    + act("denied", "NonRecognition", ":new :council")
    + act("declared", "DeclarationOfIndependence", ":lom :lom", "2000-01-02")
    + act("recognised", "Recognition", date="2001-05-01", more="co:inResponseTo :declared")
    + act("withdrawn", "WithdrawalOfRecognition", date="2002-05-01")
    + act("opened", "EstablishmentOfRelations", ":lom :ada", "2001-05-01")
    + act("severed", "SeveranceOfRelations", date="2002-05-01")
    + act("of-old", "Recognition", ":old :lom", "1999-01-02")
    + act("undone-by-the-same-state", "WithdrawalOfRecognition", ":new :lom", "2003-01-02")
    + claim("held", ":ada :lom", "no-state", since("2000-01-01", "2001-05-01"))
    + claim("held-later", ":ada :lom", "state", since("2001-05-01"))
    + claim("held-by-another", ":new :lom", "no-state", since("2000-01-01"))
    + membership("first-spell", since("1990-01-01", "1995-01-01"))
    + membership("second-spell", since("1995-01-01"))
    + succession("passing", 'co:successor :new ; co:predecessor :old ; co:successionKind "continues"')
    + succession(
        "disputed",
        "a co:ContestedSuccession ; co:successor :ada ; co:predecessor :lom ; co:heldBy :ada ;"
        ' co:successionKind "annexed-by"',
    )
)
