// What programs from npm are tried with; run from build/clients/npm, where they are installed. Like trying.py, it lists
// the programs with their versions, or tries the one named and tells each step as a line of JSON.
import assert from 'node:assert/strict';
import { createReadStream, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

const WORLD = JSON.parse(process.env.COMITY_CLIENTS ?? '{}');
const { address, token, files, rows, triples, whole } = WORLD;
const SPARQL = `${address}/sparql`;
const BEARER = { Authorization: `Bearer ${token}` };
const PREFIXES = 'PREFIX co: <https://w3id.org/comity/ontology#> PREFIX cop: <https://w3id.org/comity/polity/> ';
const SELECT = `${PREFIXES} SELECT ?act ?actor { ?act a co:Recognition ; co:object cop:kosovo ; co:actor ?actor }`;
const ASK = `${PREFIXES} ASK { cop:kosovo a co:Polity }`;
const CONSTRUCT = `${PREFIXES} CONSTRUCT { ?act co:actor ?actor } WHERE { ?act a co:Recognition ; co:object cop:kosovo ; co:actor ?actor }`;
const DESCRIBE = `${PREFIXES} DESCRIBE cop:kosovo`;
const KOSOVO = 'https://w3id.org/comity/polity/kosovo';
// The polity that programs write to; none of them compares what it reads of it with what another reads.
const WRITTEN = 'https://w3id.org/comity/polity/luxembourg';
const GRAPH = 'https://w3id.org/comity/graph/facts/polity-names';
const alias = (name) => `<${WRITTEN}> <http://www.w3.org/2004/02/skos/core#altLabel> "${name}"@en`;
const insert = (name) => `INSERT DATA { GRAPH <${GRAPH}> { ${alias(name)} } }`;
const remove = (name) => `DELETE DATA { GRAPH <${GRAPH}> { ${alias(name)} } }`;
const holds = (name) => `ASK { ${alias(name)} }`;

async function tried(what, step) {
  let fault = '';
  try {
    await step();
  } catch (error) {
    fault = `${error.name}: ${error.message}`.replace(/\s+/g, ' ').slice(0, 600);
  }
  console.log(JSON.stringify({ tried: what, fault }));
}

const get = async (path, accept = '*/*') => {
  const answer = await fetch(`${address}${path}`, { headers: { accept } });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.text();
};
const read = (name) => readFileSync(`${files}/${name}`, 'utf8');
const stream = (name) => createReadStream(`${files}/${name}`);
const counted = async (quads) => {
  let number = 0;
  for await (const _ of quads) number += 1;
  return number;
};

const CLIENTS = {
  'fetch-sparql-endpoint': ['fetch-sparql-endpoint', async ({ SparqlEndpointFetcher }) => {
    for (const method of ['GET', 'POST']) {
      const fetcher = new SparqlEndpointFetcher({ method });
      await tried(`SELECT, ASK, CONSTRUCT by ${method}`, async () => {
        assert.equal(await counted(await fetcher.fetchBindings(SPARQL, SELECT)), rows);
        assert.equal(await fetcher.fetchAsk(SPARQL, ASK), true);
        assert.equal(await counted(await fetcher.fetchTriples(SPARQL, CONSTRUCT)), rows);
      });
    }
    await tried('update with a token, read back', async () => {
      const fetcher = new SparqlEndpointFetcher({ defaultHeaders: new Headers(BEARER) });
      await fetcher.fetchUpdate(SPARQL, insert('fetch-sparql-endpoint'));
      assert.equal(await fetcher.fetchAsk(SPARQL, holds('fetch-sparql-endpoint')), true);
      await fetcher.fetchUpdate(SPARQL, remove('fetch-sparql-endpoint'));
      assert.equal(await fetcher.fetchAsk(SPARQL, holds('fetch-sparql-endpoint')), false);
    });
  }],
  'sparql-http-client': ['sparql-http-client', async ({ default: Client }) => {
    const { default: Parsing } = await import('sparql-http-client/ParsingClient.js');
    for (const operation of ['get', 'postUrlencoded', 'postDirect']) {
      await tried(`SELECT, ASK, CONSTRUCT by ${operation}`, async () => {
        const client = new Parsing({ endpointUrl: SPARQL });
        assert.equal((await client.query.select(SELECT, { operation })).length, rows);
        assert.equal(await client.query.ask(ASK, { operation }), true);
        assert.equal((await client.query.construct(CONSTRUCT, { operation })).size, rows);
      });
    }
    const client = new Client({ endpointUrl: SPARQL, updateUrl: SPARQL, storeUrl: `${address}/graph-store`, headers: BEARER });
    await tried('update with a token, read back', async () => {
      await client.query.update(insert('sparql-http-client'));
      assert.equal(await client.query.ask(holds('sparql-http-client')), true);
      await client.query.update(remove('sparql-http-client'));
      assert.equal(await client.query.ask(holds('sparql-http-client')), false);
    });
    await tried('Graph Store: a graph read', async () => {
      const graph = client.factory.namedNode('https://w3id.org/comity/graph/facts/acts-kosovo');
      assert.equal(await counted(client.store.get(graph)), triples);
    });
  }],
  Comunica: ['@comunica/query-sparql', async ({ QueryEngine }) => {
    const engine = new QueryEngine();
    const sources = [SPARQL];
    await tried('source found out by itself: SELECT, ASK, CONSTRUCT, DESCRIBE', async () => {
      assert.equal((await (await engine.queryBindings(SELECT, { sources })).toArray()).length, rows);
      assert.equal(await engine.queryBoolean(ASK, { sources }), true);
      assert.equal((await (await engine.queryQuads(CONSTRUCT, { sources })).toArray()).length, rows);
      assert.ok((await (await engine.queryQuads(DESCRIBE, { sources })).toArray()).length > 10);
    });
    await tried('a document of an entity as source', async () => {
      const found = await engine.queryBindings(`SELECT * { <${KOSOVO}> ?p ?o }`, { sources: [`${address}/polity/kosovo`] });
      assert.ok((await found.toArray()).length > 10);
    });
    await tried('join of the endpoint with a document', async () => {
      const found = await engine.queryBindings(`SELECT ?actor { ?a <https://w3id.org/comity/ontology#object> <${KOSOVO}> ;
        <https://w3id.org/comity/ontology#actor> ?actor . <${KOSOVO}> a <https://w3id.org/comity/ontology#Polity> }`,
      { sources: [SPARQL, `${address}/polity/kosovo`] });
      assert.ok((await found.toArray()).length >= rows);
    });
    await tried('update with a token, read back', async () => {
      const fetched = (input, init) => fetch(input, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), ...BEARER } });
      const context = { sources, destination: { type: 'sparql', value: SPARQL }, fetch: fetched };
      await engine.queryVoid(insert('Comunica'), context);
      assert.equal(await new QueryEngine().queryBoolean(holds('Comunica'), { sources }), true);
      await engine.queryVoid(remove('Comunica'), context);
      assert.equal(await new QueryEngine().queryBoolean(holds('Comunica'), { sources }), false);
    });
  }],
  'N3.js': ['n3', async ({ default: n3 }) => {
    for (const [suffix, format] of [['ttl', 'Turtle'], ['nt', 'N-Triples'], ['nq', 'N-Quads'], ['trig', 'TriG']]) {
      await tried(`export of a graph as ${suffix}: count`, async () => {
        assert.equal(new n3.Parser({ format }).parse(read(`kosovo.${suffix}`)).length, triples);
      });
    }
    await tried('the whole graph as nq, streamed: count', async () => {
      assert.equal(await counted(stream('whole.nq').pipe(new n3.StreamParser({ format: 'N-Quads' }))), whole);
    });
  }],
  'rdflib.js': ['rdflib', async (rdflib) => {
    const $rdf = rdflib.default ?? rdflib;
    // Its parser of Turtle knows no PREFIX without @.
    for (const [suffix, media] of [['nt', 'text/turtle'], ['rdf', 'application/rdf+xml']]) {
      await tried(`export of a graph as ${suffix}: count`, async () => {
        const graph = $rdf.graph();
        $rdf.parse(read(`kosovo.${suffix}`), graph, 'https://w3id.org/comity/', media);
        assert.equal(graph.length, triples);
      });
    }
  }],
  'jsonld.js': ['jsonld', async ({ default: jsonld }) => {
    await tried('export of a graph: count', async () => {
      const quads = await jsonld.toRDF(JSON.parse(read('kosovo.jsonld')));
      assert.equal(quads.length, triples);
    });
    await tried('an entity: framed, compacted with its own context', async () => {
      const entity = JSON.parse(await get('/polity/kosovo', 'application/ld+json'));
      assert.ok((await jsonld.expand(entity)).length);
    });
  }],
  '@rdfjs/parser-jsonld': ['@rdfjs/parser-jsonld', async ({ default: Parser }) => {
    await tried('export of a graph: count', async () => {
      assert.equal(await counted(new Parser().import(stream('kosovo.jsonld'))), triples);
    });
  }],
  'rdf-parse': ['rdf-parse', async ({ rdfParser }) => {
    for (const suffix of ['ttl', 'nt', 'nq', 'trig', 'rdf', 'jsonld']) {
      await tried(`export of a graph as ${suffix}: count`, async () => {
        assert.equal(await counted(rdfParser.parse(stream(`kosovo.${suffix}`), { path: `kosovo.${suffix}` })), triples);
      });
    }
  }],
  'sparqljs': ['sparqljs', async (sparqljs) => {
    const { Parser, Generator } = sparqljs.default ?? sparqljs;
    await tried('questions read, written, and asked: equal answers', async () => {
      const query = new Generator().stringify(new Parser().parse(SELECT));
      const lines = (await get(`/sparql?format=csv&query=${encodeURIComponent(query)}`)).trim().split('\n');
      assert.equal(lines.length, rows + 1);
    });
    await tried('every example of /examples is read', async () => {
      for (const query of await examples()) new Parser().parse(query);
    });
  }],
  '@traqula/parser-sparql-1-1': ['@traqula/parser-sparql-1-1', async ({ Parser }) => {
    await tried('every example of /examples is read', async () => {
      for (const query of await examples()) new Parser().parse(query);
    });
  }],
  'oxigraph (WebAssembly)': ['oxigraph', async (oxigraph) => {
    const ox = oxigraph.default ?? oxigraph;
    for (const [suffix, format] of [['ttl', 'text/turtle'], ['nq', 'application/n-quads'], ['trig', 'application/trig'], ['rdf', 'application/rdf+xml'], ['jsonld', 'application/ld+json']]) {
      await tried(`export of a graph as ${suffix}: count`, async () => {
        const store = new ox.Store();
        store.load(read(`kosovo.${suffix}`), { format });
        assert.equal(store.size, triples);
      });
    }
  }],
  'rdf-validate-shacl': ['rdf-validate-shacl', async ({ default: Validator }) => {
    const { default: rdf } = await import('@zazuko/env');
    const { Parser } = await import('n3');
    await tried('facts and ontology against the shapes, core constraints', async () => {
      const core = new Parser().parse(read('shapes.ttl')).filter((one) => one.predicate.value !== 'http://www.w3.org/ns/shacl#sparql');
      const shapes = rdf.dataset(core);
      const data = rdf.dataset(new Parser().parse(read('facts.ttl')));
      const report = await new Validator(shapes, { factory: rdf }).validate(data);
      const violations = report.results.filter((one) => one.severity.value.endsWith('#Violation'));
      assert.deepEqual(violations.map((one) => `${one.focusNode.value}: ${one.message.map((text) => text.value)}`), []);
    });
  }],
  'graphology-gexf': ['graphology-gexf', async ({ default: gexf }) => {
    const { default: Graph } = await import('graphology');
    await tried('the network as GEXF', async () => {
      assert.ok(gexf.parse(Graph, read('network.gexf')).size > 100);
    });
  }],
  'rss-parser': ['rss-parser', async ({ default: Parser }) => {
    await tried('/changes.atom, /polity/kosovo/feed', async () => {
      for (const path of ['/changes.atom', '/polity/kosovo/feed']) {
        assert.ok((await new Parser().parseURL(`${address}${path}`)).items.length);
      }
    });
  }],
  'ical.js': ['ical.js', async ({ default: ICAL }) => {
    await tried('/polity/kosovo/calendar.ics', async () => {
      const calendar = new ICAL.Component(ICAL.parse(await get('/polity/kosovo/calendar.ics')));
      assert.ok(calendar.getAllSubcomponents('vevent').length);
    });
  }],
  'Papa Parse': ['papaparse', async ({ default: papa }) => {
    await tried('/data/acts.csv: count, no errors', async () => {
      const { data, errors } = papa.parse(await get('/data/acts.csv'), { header: true, skipEmptyLines: true });
      assert.deepEqual(errors, []);
      assert.equal(data.length, WORLD.acts);
    });
  }],
  'MCP SDK (TypeScript)': ['@modelcontextprotocol/sdk', async () => {
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
    const [command, ...args] = WORLD.mcp;
    const client = new Client({ name: 'tests', version: '1' });
    await client.connect(new StdioClientTransport({ command, args }));
    await tried('initialize: Comity\'s own version', async () => {
      assert.equal(client.getServerVersion().version, WORLD.version);
    });
    await tried('tools listed, three called', async () => {
      assert.ok((await client.listTools()).tools.length >= 5);
      for (const [name, words] of [
        ['search_name', { text: 'Kosovo' }],
        ['query', { sparql: SELECT }],
        ['explain', { subject: 'germany', predicate: 'recognises', object: 'kosovo', as_of: '2022-07-14' }],
      ]) {
        const answer = await client.callTool({ name, arguments: words });
        assert.ok(!answer.isError, JSON.stringify(answer.content));
      }
    });
    await client.close();
  }],
  'MCP Inspector (command line)': ['@modelcontextprotocol/inspector-cli', async () => {
    await tried('tools/list', async () => {
      const done = spawnSync('node', ['node_modules/@modelcontextprotocol/inspector-cli/build/index.js', ...WORLD.mcp, '--method', 'tools/list'], { encoding: 'utf8' });
      assert.ok(JSON.parse(done.stdout).tools.length >= 5, done.stderr);
    });
  }, true],
};

async function examples() {
  const { Parser } = await import('n3');
  const quads = new Parser().parse(await get('/examples', 'text/turtle'));
  const queries = quads.filter((one) => /shacl#(select|ask|construct)$/.test(one.predicate.value));
  assert.ok(queries.length > 20);
  return queries.map((one) => one.object.value).map((text) => (/^\s*PREFIX/mi.test(text) ? text : PREFIXES + text));
}

const version = (name) => {
  try {
    return JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
  } catch {
    return '';
  }
};

const [, , chosen] = process.argv;
if (chosen) {
  const [name, attempt, program] = CLIENTS[chosen];
  await tried('begins', async () => attempt(program || name.includes('/sdk') ? {} : await import(name)));
  process.exit(0);
} else {
  console.log(JSON.stringify(Object.fromEntries(Object.entries(CLIENTS).map(([name, [known]]) => [name, version(known)]))));
}
