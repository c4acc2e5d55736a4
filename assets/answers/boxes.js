// The fields of the exercises. Nothing is fetched before the first use of one.
(() => {
  const FOLDER = new URL(".", document.currentScript.src);
  const PAUSE = 250; // milliseconds without a key before what is typed is read
  const LONG_PAUSE = 1500; // and before it is called unreadable

  // ── the checker, in a worker ──────────────────────────────────────────────────────────────────

  let worker = null;
  let ready = null;
  let progress = "";
  let line = Promise.resolve(); // one question after another

  const stop = () => {
    worker?.terminate();
    worker = ready = null;
  };

  const manifest = async () => {
    const url = new URL("manifest.json", FOLDER);
    const found = await fetch(url, { cache: "no-cache" }).catch(() => fetch(url, { cache: "force-cache" }));
    if (!found.ok) throw new Error(`manifest.json could not be fetched (${found.status})`);
    return found.json();
  };

  // The worker's next word that answers a question; a time limit in seconds, or none.
  const heard = (message, limit) => new Promise((resolve, reject) => {
    const end = (settle, value) => {
      clearTimeout(timer);
      settle(value);
    };
    const timer = limit && setTimeout(() => end(reject, new Slow(limit)), 1000 * limit);
    worker.onerror = (event) => end(reject, new Error(event.message || "the worker did not start"));
    worker.onmessage = ({ data }) => {
      if (data.failure) end(reject, new (data.mistake ? Mistake : Error)(data.failure));
      else if (data.of) show(`Fetching the checker: ${million(data.fetched)} of ${million(data.of)} MB`);
      else if (data.state === "starting") show("Starting SymPy…");
      else end(resolve, data.verdict);
    };
    worker.postMessage(message);
  });

  const million = (bytes) => (bytes / 1e6).toFixed(0);

  const show = (words) => {
    progress = words;
    for (const box of boxes) box.wait();
  };

  const start = async () => {
    show("Fetching the checker…");
    const found = await manifest();
    worker = new Worker(new URL(`${found.version}/worker.js`, FOLDER), { type: "module" });
    await heard({ manifest: found });
    show("");
  };

  const ask = (question, limit, wanted) => {
    const turn = line.then(async () => {
      if (!wanted()) return null;
      try {
        await (ready ??= start());
        return await heard(question, limit);
      } catch (error) {
        show("");
        if (!(error instanceof Mistake)) stop(); // the next question starts anew
        throw error;
      }
    });
    line = turn.catch(() => null);
    return turn;
  };

  class Slow extends Error {
    constructor(limit) {
      super(`It took longer than ${limit} seconds and was ended. Does a shorter form say the same?`);
    }
  }

  // In the checker's own program, not in how it was started: it can go on.
  class Mistake extends Error {}

  const explained = (error) => {
    if (error instanceof Slow) return error.message;
    if (error instanceof Mistake) {
      return `This answer met a mistake of the checker itself (${error.message}). The book’s authors would like to know of it; another form of your answer may do.`;
    }
    if (location.protocol === "file:") {
      return "Opened as a file, a page may not start the checker. Run “make read” in the book’s folder, and read it at http://localhost:8000: there the box answers.";
    }
    if (!navigator.onLine) return "The checker is not here yet, and there is no network to fetch it from.";
    return `The checker failed: ${error.message}. Press Check to start it anew.`;
  };

  // ── a box ─────────────────────────────────────────────────────────────────────────────────────

  class Box {
    constructor(element) {
      this.element = element;
      this.label = element.dataset.label;
      for (const part of ["form", "input", "button"]) this[part] = element.querySelector(part);
      this.preview = element.querySelector(".box-preview");
      this.verdict = element.querySelector(".box-verdict");
      this.waiting = false;
      this.form.hidden = false;
      element.classList.add("ready");
      this.form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.check();
      });
      this.input.addEventListener("input", () => this.typed());
      if (solved.has(this.label)) this.mark();
    }

    get text() {
      return this.input.value;
    }

    async question(what, wanted) {
      if (location.protocol === "file:") throw new Error("no worker");
      this.waiting = true;
      this.wait();
      const question = { ask: what, label: this.label, text: this.text };
      try {
        return await ask(question, Number(this.element.dataset.limit), wanted);
      } finally {
        this.waiting = false;
      }
    }

    wait() {
      if (this.waiting && progress) this.note(progress);
    }

    note(words) {
      this.shown = null;
      this.preview.textContent = words;
      this.preview.classList.remove("before");
    }

    typed() {
      const text = this.text;
      this.verdict.classList.add("before");
      this.preview.classList.add("before");
      clearTimeout(this.pause);
      if (!text.trim()) return this.note("");
      this.pause = setTimeout(() => this.read(text), PAUSE);
    }

    async read(text) {
      const still = () => this.text === text;
      try {
        const found = await this.question("preview", still);
        if (!found || !still()) return;
        if (found.kind === "read") {
          this.set(found.html);
          this.shown = text;
        } else {
          this.pause = setTimeout(() => this.set(found.html), LONG_PAUSE - PAUSE);
        }
      } catch (error) {
        if (still()) this.note(explained(error));
      }
    }

    set(html) {
      this.preview.innerHTML = html; // the checker's own, in which what was typed is escaped
      this.preview.classList.remove("before");
      reach(this.preview);
    }

    async check() {
      clearTimeout(this.pause);
      const text = this.text;
      if (!text.trim()) {
        this.say("unreadable", "Type your answer first.");
        return this.input.focus();
      }
      this.say("", ready ? "Checking…" : "The checker is fetched once; then it answers.");
      this.form.setAttribute("aria-busy", "true");
      try {
        const found = await this.question("check", () => true);
        this.verdict.dataset.kind = found.kind;
        this.verdict.innerHTML = found.html;
        reach(this.verdict);
        if (found.kind === "unreadable") this.note("");
        else if (this.shown !== text) this.read(text);
        if (found.kind === "equal") {
          solved.add(this.label);
          this.mark();
        }
      } catch (error) {
        this.note("");
        this.say("", explained(error));
      } finally {
        this.form.removeAttribute("aria-busy");
      }
    }

    say(kind, words) {
      this.verdict.dataset.kind = kind;
      this.verdict.classList.remove("before");
      this.verdict.textContent = words;
    }

    mark() {
      const title = this.element.closest(".exercise")?.querySelector(".admonition-title");
      if (!title || title.querySelector(".solved")) return;
      const mark = document.createElement("span");
      mark.className = "solved";
      mark.innerHTML = '<span aria-hidden="true">✓</span><span class="unseen">, solved</span>';
      title.append(mark);
    }
  }

  // Whatever is wider than its column scrolls; let the keyboard reach it there.
  const reach = (element) => {
    for (const part of [element, ...element.querySelectorAll("pre, p, math")]) {
      if (part.scrollWidth > part.clientWidth + 1 && getComputedStyle(part).overflowX === "auto") part.tabIndex = 0;
      else part.removeAttribute("tabindex");
    }
  };

  const boxes = [...document.querySelectorAll(".box")].map((element) => new Box(element));
})();
