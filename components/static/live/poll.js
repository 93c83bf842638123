// One run as the server tells it, new points only. Asks as often as the answers say; not at all while nobody looks at the
// tab, nor when the run is over; after a loss of the network again and again, each time a little later.
const LONGEST_WAIT = 10_000;
const PATIENCE = 15_000;

class Poll {
  constructor(url, heard) {
    this.url = url;
    this.heard = heard;
    this.cursor = "";
    this.info = null; // the last answer: name, state, epochs, ...
    this.batches = {};
    this.rows = [];
    this.trouble = ""; // "lost" while the server does not answer, "gone" when there is no such run
    this.failures = 0;
    this.timer = null;
    this.asking = false;
    this.look = () => { if (!document.hidden) this.ask(); };
    document.addEventListener("visibilitychange", this.look);
    window.addEventListener("online", this.look);
    this.ask();
  }

  end() {
    this.ended = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.look);
    window.removeEventListener("online", this.look);
  }

  async ask() {
    if (this.asking || this.ended || this.trouble === "gone") return;
    this.asking = true;
    clearTimeout(this.timer);
    const wait = await this.wait();
    this.asking = false;
    if (wait !== null && !this.ended && !document.hidden) this.timer = setTimeout(() => this.ask(), wait);
  }

  // Asks once; milliseconds until the next time, or null for never.
  async wait() {
    try {
      const answer = await fetch(`${this.url}?after=${this.cursor}`,
        { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      if (answer.status === 404) return this.fail("gone");
      if (!answer.ok) return this.fail("lost");
      if (answer.status !== 204) this.take(await answer.json());
    } catch {
      return this.fail("lost");
    }
    this.failures = 0;
    if (this.trouble) {
      this.trouble = "";
      this.heard();
    }
    return this.info.again;
  }

  fail(trouble) {
    this.failures += 1;
    if (this.trouble !== trouble) {
      this.trouble = trouble;
      this.heard();
    }
    return trouble === "gone" ? null : Math.min(LONGEST_WAIT, 500 * 2 ** this.failures);
  }

  take(told) {
    this.cursor = told.cursor;
    if (told.whole) {
      this.batches = {};
      this.rows = [];
    }
    for (const [name, values] of Object.entries(told.batches)) (this.batches[name] ??= []).push(...values);
    this.rows.push(...told.rows);
    this.info = told;
    this.heard();
  }

  // The values of a column up to the last batch, which may not fill a row of it yet.
  column(name) {
    const values = this.batches[name];
    if (!values || !this.info.tail) return values;
    return [...values, this.info.tail[Object.keys(this.batches).indexOf(name)]];
  }
}
