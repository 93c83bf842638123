// What the server has been asked for and has not answered yet. All of it is sent again with what is asked next, and the
// server does each number once: of what is pressed faster than the page is drawn, nothing is lost or done twice.
const MOST_WAITING = 50;
const MOST_TRIES = 2;
const LOOK_EVERY = 1000; // milliseconds

class Outbox {
  // `post` sends the message to the server, or answers no where the page is gone.
  constructor(post) {
    this.post = post;
    this.client = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 10)}`;
    this.number = 0;
    this.waiting = [];
    this.tries = 0;
    this.quiet = false;
  }

  add(event) {
    this.waiting.push([++this.number, event]);
    this.waiting = this.waiting.slice(-MOST_WAITING);
    this.tries = 0;
    this.quiet = false;
    this.watch();
    return this.number;
  }

  // A run of the page that is replaced before it looks into its mail takes that with it: what has no answer when all is
  // quiet is sent once more, and forgotten where that does not help. It must not be done at a later time, with what is
  // asked then.
  watch() {
    clearTimeout(this.timer);
    if (!this.waiting.length) return;
    this.timer = setTimeout(() => {
      const quiet = document.querySelector(".stApp")?.dataset.testScriptState === "notRunning";
      // What has come may not be drawn yet: it is quiet when it was so the last time, too.
      if (quiet && this.quiet && (this.tries++ === MOST_TRIES || this.post() === false)) this.waiting = [];
      this.quiet = quiet;
      this.watch();
    }, LOOK_EVERY);
  }

  // The state of the network that is on the page, as the server counts them: history.js stands at its end and is told.
  get drawn() {
    return Number(document.documentElement.dataset.drawn ?? 0);
  }

  message() {
    return { client: this.client, drawn: this.drawn, events: this.waiting.map(([number, event]) => [number, ...event]) };
  }

  answered(client, last) {
    if (client === this.client) this.waiting = this.waiting.filter(([number]) => number > last);
  }
}
