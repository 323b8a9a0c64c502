// The answers of a subscription, by GraphQL over server-sent events.

export const isStream = (response) => response.headers.get("Content-Type")?.startsWith("text/event-stream");

export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true }));
    if (done) throw new Error("The stream has broken. Run the subscription again: it starts anew.");
    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const lines = block.split("\n");
      if (lines.includes("event: complete")) return;
      const data = lines.find((line) => line.startsWith("data: "));
      // A heartbeat has no data.
      if (data) yield JSON.parse(data.slice("data: ".length));
    }
  }
}
