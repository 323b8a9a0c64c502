// Sends one operation with the reference client of a protocol, and prints what it reports, one JSON object in a line.
// The argument is JSON: protocol, url, operation, headers (SSE), connectionParams (WebSockets), and after how many
// results it disposes of the operation.
import { createClient as createSse } from 'graphql-sse';
import { createClient as createWs } from 'graphql-ws';
import WebSocket from 'ws';

const { protocol, url, operation, headers, connectionParams, dispose } = JSON.parse(process.argv[2]);
const print = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

const closed = ({ code, reason }) => print({ closed: code, reason });
const made = {
  sse: () => createSse({ url, headers, retryAttempts: 0 }),
  ws: () => createWs({ url, connectionParams, retryAttempts: 0, webSocketImpl: WebSocket, on: { closed } }),
  // The WebSocket of browsers, as Node has it.
  'ws-of-browsers': () => createWs({ url, connectionParams, retryAttempts: 0, on: { closed } }),
};
const client = made[protocol]();

await new Promise((resolve) => {
  let results = 0;
  const unsubscribe = client.subscribe(operation, {
    next(result) {
      print({ next: result });
      results += 1;
      if (results === dispose) unsubscribe();
    },
    error(error) {
      const shown = Array.isArray(error) ? error : { name: error.name, message: error.message, code: error.code };
      print({ error: shown });
      resolve();
    },
    complete() {
      print({ complete: true });
      resolve();
    },
  });
});
await client.dispose();
