/** A Redis server as seen through a gate: commands wait at it, in their order, for as long as a test needs. */
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export class Gate {
  /** The names of the commands that wait. */
  get waiting(): string[] {
    return this.#waiting.map(nameOf);
  }
  #server: Server;
  #sockets = new Set<Socket>();
  #waiting: Buffer[] = [];
  #upstream: Socket | undefined;
  /** Holds the commands of these names, and all after them. */
  #held: string[] = [];
  /** The responses of Redis, while they are collected. */
  #responses: Buffer[] | undefined;
  #client: Socket | undefined;

  constructor(redisPort: number) {
    this.#server = createServer((client) => this.#connect(client, redisPort));
  }

  async listen(): Promise<number> {
    await new Promise<void>((listening) => this.#server.listen(0, '127.0.0.1', listening));
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on, let none of these commands through, and none after them. */
  hold(...names: string[]): void {
    this.#held = names;
    this.#send();
  }

  /** From now on, keep what Redis responds. */
  collect(): void {
    this.#responses = [];
  }

  get collected(): string {
    return Buffer.concat(this.#responses ?? []).toString('latin1');
  }

  /** Send what Redis has responded in one piece, so that it is read at once. */
  release(): void {
    const responses = this.#responses ?? [];
    this.#responses = undefined;
    this.#client?.write(Buffer.concat(responses));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((closed) => this.#server.close(closed));
  }

  #connect(client: Socket, redisPort: number): void {
    const upstream = createConnection(redisPort, '127.0.0.1');
    this.#waiting = [];
    let rest: Buffer = Buffer.alloc(0);
    [this.#client, this.#upstream] = [client, upstream];
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => [client, upstream].forEach((each) => each.destroy()));
    }
    client.on('data', (data) => {
      rest = Buffer.concat([rest, data]);
      for (let length = lengthOfCommand(rest); length > 0; length = lengthOfCommand(rest)) {
        this.#waiting.push(rest.subarray(0, length));
        rest = rest.subarray(length);
      }
      this.#send();
    });
    upstream.on('data', (data) => (this.#responses ? this.#responses.push(data) : client.write(data)));
  }

  #send(): void {
    while (this.#waiting[0] && !this.#held.includes(nameOf(this.#waiting[0]))) this.#upstream?.write(this.#waiting.shift() as Buffer);
  }
}

/** Return how long the first command is (RESP: an array of bulk strings), 0 if it is not complete. */
function lengthOfCommand(bytes: Buffer): number {
  let at = bytes.indexOf('\r\n') + 2;
  if (at < 2) return 0;
  for (let left = Number(bytes.toString('latin1', 1, at - 2)); left > 0; left -= 1) {
    const end = bytes.indexOf('\r\n', at);
    if (end === -1) return 0;
    at = end + 4 + Number(bytes.toString('latin1', at + 1, end));
  }
  return at <= bytes.length ? at : 0;
}

const nameOf = (command: Buffer) => command.toString('latin1').split('\r\n')[2] ?? '';
