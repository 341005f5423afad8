// Lets the launcher believe that it runs under the Node of Debian 12.
Object.defineProperty(process.versions, "node", { value: "18.20.4" });
