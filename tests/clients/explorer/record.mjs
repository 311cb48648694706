// What a page asks for and complains about; what it asks of others than the service it does not get.

/** Record all that goes on in a page from now on. */
export async function record(page, server) {
  const seen = { requests: [], messages: [], foreign: [], complaints: [] };

  await page.route("**/*", (route) => {
    const url = route.request().url();
    const own = url.startsWith(`${server}/`) || url.startsWith("data:");
    (own ? seen.requests : seen.foreign).push(url);
    return own ? route.continue() : route.abort();
  });
  page.on("websocket", (socket) => {
    const own = socket.url().startsWith(`${server.replace("http", "ws")}/`);
    if (!own) seen.foreign.push(socket.url());
    socket.on("framereceived", ({ payload }) => seen.messages.push(JSON.parse(payload)));
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.complaints.push(message.text());
  });
  page.on("pageerror", (error) => seen.complaints.push(error.stack));
  page.on("requestfailed", (request) => {
    seen.complaints.push(`${request.url()}: ${request.failure().errorText}`);
  });
  await page.exposeFunction("complain", (text) => seen.complaints.push(text));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) =>
      complain(`${event.violatedDirective}: ${event.blockedURI}`),
    );
  });
  return seen;
}
