// What the server has been asked for and has not answered yet. All of it is sent again with what is asked next, and the
// server does each number once: of what is pressed faster than the page is drawn, nothing is lost or done twice.
const MOST_WAITING = 50;

class Outbox {
  constructor() {
    this.client = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 10)}`;
    this.number = 0;
    this.waiting = [];
    this.drawn = 0; // the state of the network that is on the page, as the server counts them
  }

  add(event) {
    this.waiting.push([++this.number, event]);
    this.waiting = this.waiting.slice(-MOST_WAITING);
    return this.number;
  }

  message() {
    return { client: this.client, drawn: this.drawn, events: this.waiting.map(([number, event]) => [number, ...event]) };
  }

  answered(client, last, drawn) {
    this.drawn = drawn;
    if (client === this.client) this.waiting = this.waiting.filter(([number]) => number > last);
  }
}
