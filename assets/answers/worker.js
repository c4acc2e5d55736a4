// Apart from the page, so that it never waits: Python, SymPy and the book's checker.
// In: the manifest; then, one at a time, { ask, label, text }. Out: { fetched, of } while fetching,
// { state }, and for each question { verdict }, or { failure } in words; after a `mistake` it can go on.
import { loadPyodide } from "./pyodide.mjs";

const START = `
import json, sys
sys.path.insert(0, "/book")
from nnlib.book.answers.verdicts import check, preview

def answer(ask, label, text):
    verdict = {"check": check, "preview": preview}[ask](label, text)
    return json.dumps({"kind": verdict.kind, "html": verdict.html, "slip": verdict.slip, "place": verdict.place})

answer
`;
const CACHE = "unravelling-answers-";
let answer = null;

// The browser's own store, by version: a file is fetched once, whatever the server says of its age.
// It is missing in pages that are neither https nor localhost, and may be forbidden: then without.
const store = async (version) => {
  try {
    for (const name of await caches.keys()) {
      if (name.startsWith(CACHE) && name !== CACHE + version) await caches.delete(name);
    }
    return await caches.open(CACHE + version);
  } catch {
    return null;
  }
};

const bytes = async (name, kept, count) => {
  const url = new URL(name, import.meta.url).href;
  let response = await kept?.match(url).catch(() => null);
  if (!response) {
    response = await fetch(url);
    if (!response.ok) throw new Error(`${name} could not be fetched (${response.status})`);
    kept?.put(url, response.clone()).catch(() => null); // no room left: it will be fetched again
  }
  const parts = [];
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    count(part.value.length);
  }
  return new Blob(parts);
};

const start = async ({ version, files, python: info }) => {
  const kept = await store(version);
  const of = Object.values(files).reduce((sum, size) => sum + size, 0);
  let fetched = 0;
  const count = (length) => postMessage({ fetched: (fetched += length), of });
  const names = Object.keys(files);
  const blobs = await Promise.all(names.map((name) => bytes(name, kept, count)));
  const of_name = Object.fromEntries(names.map((name, k) => [name, blobs[k]]));
  postMessage({ state: "starting" });

  // Pyodide fetches two files by their names; both are here already.
  const wasm = of_name["pyodide.asm.wasm.gzip"].stream().pipeThrough(new DecompressionStream("gzip"));
  const here = {
    "pyodide.asm.wasm": new Response(wasm, { headers: { "Content-Type": "application/wasm" } }),
    "python_stdlib.zip": new Response(of_name["python_stdlib.zip"]),
  };
  const beyond = self.fetch;
  self.fetch = (url, options) => {
    const name = String(url.url ?? url).split("/").pop();
    return here[name] ? Promise.resolve(here[name]) : beyond(url, options);
  };
  const python = await loadPyodide({ lockFileContents: { info, packages: {} }, packageBaseUrl: "./" });
  for (const name of ["libraries.zip", "checker.zip"]) {
    python.unpackArchive(await of_name[name].arrayBuffer(), "zip", { extractDir: "/book" });
  }
  answer = python.runPython(START);
  postMessage({ state: "ready" });
};

addEventListener("message", async ({ data }) => {
  try {
    if (data.manifest) await start(data.manifest);
    else postMessage({ verdict: JSON.parse(answer(data.ask, data.label, data.text)) });
  } catch (error) {
    // Of a Python traceback its last line says what was wrong.
    const failure = String(error.message ?? error).trim().split("\n").pop();
    postMessage({ failure, mistake: error.name === "PythonError" });
  }
});
