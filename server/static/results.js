// Results of queries: as tables, charts, maps and files, and the code that asks for them elsewhere.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
/** Rows drawn in a table, bars in a chart, lines in a chart. */
const MOST_ROWS = 2000, MOST_BARS = 100, MOST_LINES = 8;

function draw(name, attributes, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

/** What a result is and how its things are called: the columns by what stands in them. */
class Rows {
  constructor(names, rows, known, root) {
    Object.assign(this, { names, rows, known, root, labels: new Map(known.terms.map((term) => [expand(term.name, known.prefixes), term.label])), places: new Map() });
  }

  /** The IRIs of the project's things in the rows, each once. */
  things() {
    const found = new Set();
    for (const row of this.rows.slice(0, MOST_ROWS)) for (const term of Object.values(row)) if (term.type === "uri" && term.value.startsWith(this.known.base)) found.add(term.value);
    return [...found].filter((iri) => !iri.includes("#") && !/[<>"{}|^`\\\s]/.test(iri));
  }

  text(term, named = true) {
    if (!term) return "";
    if (term.type !== "uri") return term.value;
    return (named && this.labels.get(term.value)) || shorten(term.value, this.known.prefixes).replace(/^<|>$/g, "").replace(this.known.base, "");
  }

  address(iri) { return iri.startsWith(this.known.base) ? `${this.root}/${iri.slice(this.known.base.length)}` : iri; }

  every(test) { return this.names.filter((name) => this.rows.length && this.rows.every((row) => row[name] && test(row[name], name))); }

  get numbers() { return this.every((term) => /#(integer|decimal|double|float|int|long)$/.test(term.datatype || "") && Number.isFinite(Number(term.value))); }

  get dates() {
    return this.every((term, name) => term.type !== "uri" && (/^-?\d{4}-\d\d(-\d\d)?(T.*)?[~?%]?$/.test(term.value) || (/^\d{4}[~?%]?$/.test(term.value) && (/gYear$/.test(term.datatype || "") || !term.datatype || /year/i.test(name)))));
  }

  /** The columns that tell what a row is about: neither numbers nor dates, labels first. */
  get words() {
    const taken = new Set([...this.numbers, ...this.dates]);
    return this.names.filter((name) => !taken.has(name)).sort((one, other) => /label|name/i.test(other) - /label|name/i.test(one));
  }
}

function expand(name, prefixes) {
  const [prefix, ...rest] = name.split(":");
  return prefixes[prefix] ? prefixes[prefix] + rest.join(":") : name;
}

function shorten(iri, prefixes) {
  let best = null;
  for (const [name, space] of Object.entries(prefixes)) if (iri.startsWith(space) && (!best || space.length > best[1].length)) best = [name, space];
  const rest = best && iri.slice(best[1].length);
  return best && /^[\w-]+$/.test(rest) ? `${best[0]}:${rest}` : `<${iri}>`;
}

function cell(found, term, named) {
  const place = document.createElement("td");
  if (!term) return place;
  if (term.type === "uri" && /^https?:/.test(term.value)) {
    const anchor = element("a", { href: found.address(term.value), textContent: found.text(term, named), title: found.text(term, false) });
    if (!term.value.startsWith(found.known.base)) anchor.rel = "noreferrer";
    place.append(anchor);
  } else place.textContent = term.value;
  if (/#(integer|decimal|double)$/.test(term.datatype || "")) place.className = "number";
  else if (/^\d{4}-\d\d(-\d\d)?[~?%]?$/.test(term.value)) place.className = "nowrap";
  return place;
}

function table(found, named) {
  const whole = document.createElement("table"), holder = element("div", { className: "scroll", tabIndex: 0 });
  holder.setAttribute("role", "region");
  holder.setAttribute("aria-label", "Result table");
  const head = whole.createTHead().insertRow(), body = whole.createTBody();
  for (const name of found.names) head.append(element("th", { scope: "col", textContent: name }));
  for (const row of found.rows.slice(0, MOST_ROWS)) { const line = body.insertRow(); for (const name of found.names) line.append(cell(found, row[name], named)); }
  holder.append(whole);
  return holder;
}

/** The ways in which a result can be seen, by name. */
function viewsOf(found, shapes) {
  const kinds = {}, years = found.dates, number = found.numbers.find((name) => !years.includes(name) && name !== "lat" && name !== "long");
  if (years.length && number && found.rows.length > 2) kinds.Chart = () => lines(found, years[0], number);
  else if (number && found.words.length) kinds.Chart = () => bars(found, number);
  if (found.names.some((name) => found.rows.some((row) => row[name] && found.places.has(row[name].value))) || (found.names.includes("lat") && found.names.includes("long"))) kinds.Map = () => map(found, number, shapes);
  return kinds;
}

function bars(found, number) {
  const label = found.words[0], rows = found.rows.slice(0, MOST_BARS);
  const values = rows.map((row) => Number(row[number].value)), most = Math.max(...values, 0), least = Math.min(...values, 0), span = most - least || 1, height = 24, from = 232;
  const svg = draw("svg", { class: "chart", viewBox: `0 0 720 ${rows.length * height + 12}`, role: "img", "aria-label": `Bars of ${number} by ${label}` });
  rows.forEach((row, place) => {
    const y = place * height + 6, zero = from - 400 * least / span, width = Math.abs(400 * values[place] / span), text = found.text(row[label]);
    const name = draw("text", { x: 216, y: y + 15, "text-anchor": "end", class: "tick" }, text.length > 34 ? `${text.slice(0, 33)}…` : text);
    name.append(draw("title", {}, text));
    svg.append(name, draw("rect", { x: values[place] < 0 ? zero - width : zero, y: y + 3, width, height: 16, rx: 2, class: "bar-part" }), draw("text", { x: Math.max(zero, zero + 400 * values[place] / span) + 6, y: y + 15, class: "tick" }, Number(row[number].value).toLocaleString("en")));
  });
  const figure = element("figure", {}, svg);
  if (found.rows.length > MOST_BARS) figure.append(element("figcaption", { className: "small", textContent: `The first ${MOST_BARS} of ${found.rows.length.toLocaleString("en")} rows.` }));
  return figure;
}

/** The moment that the beginning of a date stands for, in years. */
function moment(text) {
  const [, year, month, day] = /^(-?\d{4})(?:-(\d\d))?(?:-(\d\d))?/.exec(text);
  return Number(year) + ((Number(month || 1) - 1) * 30.44 + Number(day || 1) - 1) / 365.25;
}

function lines(found, date, number) {
  const label = found.words[0], groups = new Map();
  for (const row of found.rows) {
    const key = label ? found.text(row[label]) : "";
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push([moment(row[date].value), Number(row[number].value), row[date].value]);
  }
  // Where nearly every row has a word of its own, the words are no series.
  if (groups.size > MOST_LINES || groups.size * 3 > found.rows.length) { const all = [...groups.values()].flat(); groups.clear(); groups.set("", all); }
  const points = [...groups.values()].flat(), xs = points.map((one) => one[0]), ys = points.map((one) => one[1]);
  const first = Math.min(...xs), last = Math.max(...xs), most = Math.max(...ys, 1), least = Math.min(...ys, 0);
  const right = groups.size > 1 || [...groups.keys()][0] ? 616 : 696, x = (value) => 56 + (right - 56) * (value - first) / (last - first || 1), y = (value) => 300 - 270 * (value - least) / (most - least || 1);
  const svg = draw("svg", { class: "chart", viewBox: "0 0 720 330", role: "img", "aria-label": `${number} by ${date}` });
  const rough = (most - least) / 4, power = 10 ** Math.floor(Math.log10(rough)), tick = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
  for (let value = Math.ceil(least / tick) * tick; value <= most; value += tick) svg.append(draw("line", { class: "grid", x1: 56, x2: right, y1: y(value), y2: y(value) }), draw("text", { class: "tick", x: 50, y: y(value) + 4, "text-anchor": "end" }, Number(value.toPrecision(4)).toLocaleString("en")));
  const step = Math.max(1, Math.ceil((last - first) / 6));
  for (let year = Math.ceil(first); year <= last; year += step) svg.append(draw("text", { class: "tick", x: x(year), y: 320, "text-anchor": "middle" }, String(year)));
  [...groups].forEach(([name, group], place) => {
    group.sort((one, other) => one[0] - other[0]);
    const line = draw("polyline", { class: `series s${place}`, points: group.map((one) => `${x(one[0]).toFixed(1)},${y(one[1]).toFixed(1)}`).join(" ") });
    svg.append(line);
    if (points.length <= 200) for (const one of group) svg.append(draw("circle", { class: `point s${place}`, cx: x(one[0]).toFixed(1), cy: y(one[1]).toFixed(1), r: 3 }, draw("title", {}, `${name ? `${name}, ` : ""}${one[2]}: ${one[1].toLocaleString("en")}`)));
    if (name) svg.append(draw("text", { class: "tick", x: x(group.at(-1)[0]) + 6, y: y(group.at(-1)[1]) + 4 }, name.length > 18 ? `${name.slice(0, 17)}…` : name));
  });
  return element("figure", {}, svg);
}

/** Projects degrees as the base map does (Equal Earth). */
function project(longitude, latitude) {
  const a = [1.340264, -0.081106, 0.000893, 0.003796], half = 2.7066299836960748, scale = 1000 / (2 * half);
  const plane = (lon, lat) => { const t = Math.asin(Math.sqrt(3) / 2 * Math.sin(lat * Math.PI / 180)), s = t * t, k = s ** 3; return [2 * Math.sqrt(3) * lon * Math.PI / 180 * Math.cos(t) / (3 * (9 * a[3] * k * s + 7 * a[2] * k + 3 * a[1] * s + a[0])), t * (a[3] * k * s + a[2] * k + a[1] * s + a[0])]; };
  const [x, y] = plane(longitude, latitude);
  return [(x + half) * scale, (plane(0, 84)[1] - y) * scale];
}

/** Colours the polities of the result, or marks them where they have no outline; deeper for a larger number. */
function map(found, number, shapes) {
  const svg = draw("svg", { class: "map", viewBox: "0 0 1000 452", role: "img", "aria-label": "Places of the result" });
  const land = draw("g", { class: "land" }), marks = draw("g", {});
  svg.append(land, marks);
  const column = found.names.find((name) => found.rows.some((row) => row[name] && found.places.has(row[name].value)));
  const most = number ? Math.max(...found.rows.map((row) => Number(row[number].value)), 1) : 1, seen = new Map();
  for (const row of found.rows) {
    const place = column ? found.places.get((row[column] || {}).value) : row.lat && row.long && { lat: row.lat.value, long: row.long.value };
    const key = column ? (row[column] || {}).value : seen.size;
    if (place && !seen.has(key)) seen.set(key, { place, row });
  }
  const told = ({ row }) => { const label = column || found.words[0]; return `${found.text(row[label])}${number ? `: ${Number(row[number].value).toLocaleString("en")}` : ""}`; };
  const opacity = ({ row }) => (number ? 0.25 + 0.75 * Number(row[number].value) / most : 1).toFixed(2);
  const dot = (one) => {
    if (one.place.lat === undefined) return;
    const [x, y] = project(Number(one.place.long), Number(one.place.lat));
    marks.append(draw("circle", { class: "m small yes", cx: x.toFixed(1), cy: y.toFixed(1), r: 4, "fill-opacity": opacity(one) }, draw("title", {}, told(one))));
  };
  const outlines = shapes ? fetch(shapes).then((answer) => answer.json()).catch(() => ({})) : Promise.resolve({});
  outlines.then((known) => {
    for (const d of Object.values(known)) if (d) land.append(draw("path", { d }));
    for (const one of seen.values()) {
      const d = one.place.shape && (known[one.place.id] || known[one.place.shape]);
      if (d) marks.prepend(draw("path", { class: "m yes", d, "fill-opacity": opacity(one) }, draw("title", {}, told(one))));
      else dot(one);
    }
  });
  return element("figure", {}, svg, element("figcaption", { className: "small", textContent: `${seen.size} of ${found.rows.length} ${found.rows.length === 1 ? "row" : "rows"} on the map. Outlines are a drawing, not a claim.` }));
}

/** A table as CSV, with a column of names beside each column of IRIs; cells that a spreadsheet would run are quoted. */
function namedCsv(found) {
  const heads = found.names.flatMap((name) => (found.rows.some((row) => (row[name] || {}).type === "uri") ? [[name, false], [name, true]] : [[name, false]]));
  const guard = (text) => (/^'*[=+\-@\t\r]/.test(text) && !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? `'${text}` : text); // As comity.cells does.
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines_ = [heads.map(([name, named]) => (named ? `${name}Name` : name)), ...found.rows.map((row) => heads.map(([name, named]) => guard(named ? found.labels.get((row[name] || {}).value) || "" : (row[name] || {}).value || "")))];
  return `${lines_.map((line) => line.map(quoted).join(",")).join("\r\n")}\r\n`;
}

/** The query as code for another place; declares the prefixes that it uses, so that it stands by itself. */
function codeFor(kind, endpoint, query, graph, prefixes) {
  const bare = query.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|<[^<>\s]*>/g, "");
  const used = Object.entries(prefixes).filter(([name]) => new RegExp(`(^|[^\\w-])${name}:`, "m").test(bare) && !new RegExp(`PREFIX\\s+${name}:`, "i").test(query));
  const text = [...used.map(([name, iri]) => `PREFIX ${name}: <${iri}>`), query.trim()].join("\n");
  const plain = `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
  const python = text.includes('"""') || text.includes("\\") || text.endsWith('"') ? plain : `"""\n${text}\n"""`;
  if (kind === "curl") {
    const shell = (value) => `'${value.replaceAll("'", "'\\''")}'`;
    return `curl ${endpoint} -H 'Accept: text/csv'${graph ? ` \\\n  --data-urlencode ${shell(`default-graph-uri=${graph}`)}` : ""} \\\n  --data-urlencode ${shell(`query=${text}`)}`;
  }
  if (kind === "R") {
    const r = text.includes(')---"') ? plain : `r"---(\n${text}\n)---"`;
    return `# install.packages("httr2")\nlibrary(httr2)\n\nquery <- ${r}\n\nanswer <- request("${endpoint}") |>\n  req_body_form(query = query${graph ? `, \`default-graph-uri\` = "${graph}"` : ""}) |>\n  req_headers(Accept = "text/csv") |>\n  req_perform() |>\n  resp_body_string()\nrows <- read.csv(text = answer)\nhead(rows)`;
  }
  if (kind.includes("rdflib")) return `# pip install rdflib\nfrom rdflib.plugins.stores.sparqlstore import SPARQLStore\n\nquery = ${python}\n\nstore = SPARQLStore("${endpoint}", returnFormat="json")\nfor row in store.query(query${graph ? `, queryGraph="${graph}"` : ""}):\n    print(*row)`;
  return `# pip install SPARQLWrapper pandas\nfrom io import BytesIO\n\nimport pandas\nfrom SPARQLWrapper import CSV, POST, SPARQLWrapper\n\nquery = ${python}\n\nendpoint = SPARQLWrapper("${endpoint}", returnFormat=CSV)\nendpoint.setMethod(POST)\n${graph ? `endpoint.addDefaultGraph("${graph}")\n` : ""}endpoint.setQuery(query)\nrows = pandas.read_csv(BytesIO(endpoint.query().convert()))\nprint(rows)`;
}

/** Gives a text to the reader as a file. */
function save(text, type, name) {
  const anchor = element("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 10000);
}
