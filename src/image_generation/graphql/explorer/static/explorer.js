// Starts GraphiQL on the page it was loaded from: queries over HTTP, subscriptions over a WebSocket.
"use strict";

const root = document.getElementById("explorer");
const sockets = new URL(location.pathname, location.href);
sockets.protocol = location.protocol === "https:" ? "wss:" : "ws:";

const fetcher = GraphiQL.createFetcher({
  url: location.pathname,
  subscriptionUrl: sockets.href,
});

ReactDOM.createRoot(root).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultTabs: JSON.parse(root.dataset.tabs),
    plugins: [GraphiQLPluginExplorer.explorerPlugin()],
    defaultEditorToolsVisibility: "variables",
    inputValueDeprecation: true,
    // Headers may hold a key; the browser's storage is no place for it.
    shouldPersistHeaders: false,
  }),
);
