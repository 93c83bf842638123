// What the server has been asked for and has not answered yet. All of it is sent again with what is asked next, and the
// server does each number once: of what is pressed faster than the page is drawn, nothing is lost or done twice.
const MOST_WAITING = 50;

class Outbox {
  constructor() {
    this.client = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 10)}`;
    this.number = 0;
    this.waiting = [];
  }

  add(event) {
    this.waiting.push([++this.number, event]);
    this.waiting = this.waiting.slice(-MOST_WAITING);
    return this.number;
  }

  message() {
    return { client: this.client, events: this.waiting.map(([number, event]) => [number, ...event]) };
  }

  answered(client, last) {
    if (client === this.client) this.waiting = this.waiting.filter(([number]) => number > last);
  }
}
