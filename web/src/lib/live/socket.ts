// One WebSocket for the whole page: subscribes, decodes, and comes back by itself with growing pauses.

import { decodeFrame, type Frame } from './frame';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 15_000;
/** A stream that spoke and then is silent for this long counts as broken; one that never spoke has nothing to say. */
const SILENCE_MS = 30_000;

export interface StreamEvent {
  event: string;
  data: unknown;
}

export interface StreamHandlers {
  onFrame(frame: Frame): void;
  onEvent(event: StreamEvent): void;
  onState(up: boolean): void;
}

export function pauseMs(attempt: number, random = Math.random()): number {
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  return full / 2 + (full / 2) * random;
}

export class Stream {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private watch: ReturnType<typeof setInterval> | null = null;
  private heard: number | null = null;
  private closed = true;

  constructor(
    private readonly url: string,
    private readonly handlers: StreamHandlers,
  ) {}

  open(): void {
    if (!this.closed) return;
    this.closed = false;
    this.watch = setInterval(() => this.checkSilence(), SILENCE_MS / 3);
    this.connect();
  }

  close(): void {
    this.closed = true;
    if (this.timer) clearTimeout(this.timer);
    if (this.watch) clearInterval(this.watch);
    this.socket?.close();
    this.socket = null;
  }

  private connect(): void {
    const socket = new WebSocket(this.url);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    this.heard = null;
    socket.onopen = () => {
      this.attempt = 0;
      socket.send(JSON.stringify({ subscribe: { signals: 'all', events: true } }));
      this.handlers.onState(true);
    };
    socket.onmessage = (message) => this.receive(message.data);
    socket.onclose = () => this.lost(socket);
  }

  private receive(data: unknown): void {
    this.heard = Date.now();
    if (data instanceof ArrayBuffer) {
      const frame = decodeFrame(data);
      if (frame) this.handlers.onFrame(frame);
    } else if (typeof data === 'string') {
      const event = parseEvent(data);
      if (event) this.handlers.onEvent(event);
    }
  }

  private lost(socket: WebSocket): void {
    if (this.socket !== socket) return;
    this.socket = null;
    this.handlers.onState(false);
    if (this.closed) return;
    this.timer = setTimeout(() => this.connect(), pauseMs(this.attempt));
    this.attempt += 1;
  }

  private checkSilence(): void {
    if (this.heard === null || Date.now() - this.heard < SILENCE_MS) return;
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.close();
  }
}

export function parseEvent(text: string): StreamEvent | null {
  try {
    const value: unknown = JSON.parse(text);
    if (value && typeof value === 'object' && 'event' in value && typeof value.event === 'string') {
      return { event: value.event, data: 'data' in value ? value.data : null };
    }
  } catch {
    return null; // a text frame we do not understand is not for us
  }
  return null;
}
