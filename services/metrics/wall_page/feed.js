// Hears of changes by server-sent events, and knows how long nothing was heard.

const QUIET_MS = 15000; // three beats of the server
const REOPEN_MS = 3000;
const LOOK_MS = 1000;

export class Feed {
  constructor(url, onChange, onHealth) {
    this.url = url;
    this.onChange = onChange;
    this.onHealth = onHealth;
    this.heardAt = Date.now();
    this.offset = 0; // server's clock minus this one's
    this.failed = false;
  }

  start() {
    this.open();
    setInterval(() => this.look(), LOOK_MS);
  }

  open() {
    this.source = new EventSource(this.url);
    this.source.addEventListener("change", (event) => {
      this.hear(event);
      this.onChange();
    });
    this.source.addEventListener("beat", (event) => this.hear(event));
  }

  hear(event) {
    this.heardAt = Date.now();
    this.offset = Date.parse(JSON.parse(event.data).now) - this.heardAt;
    this.look();
  }

  look() {
    // The browser reconnects by itself, except after an answer that is no event stream.
    if (this.source.readyState === EventSource.CLOSED && !this.reopening) {
      this.reopening = setTimeout(() => {
        this.reopening = null;
        this.open();
      }, REOPEN_MS);
    }
    this.onHealth();
  }

  now() {
    return Date.now() + this.offset;
  }

  quietMs() {
    return Date.now() - this.heardAt;
  }

  isLost() {
    return this.quietMs() > QUIET_MS;
  }
}
