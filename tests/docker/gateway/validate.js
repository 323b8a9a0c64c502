// Says what the schemas of the Gateway API find wrong. Arguments: the folder with the packages of package.json, and a file
// with a list of manifests of that API as JSON.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const packages = pathToFileURL(`${process.argv[2]}/@kubernetes-models/gateway-api/`);

for (const manifest of JSON.parse(readFileSync(process.argv[3], "utf-8"))) {
  const { apiVersion, kind, metadata } = manifest;
  const models = await import(new URL(`${apiVersion}/index.js`, packages).href);
  try {
    new models[kind](manifest).validate();
  } catch (error) {
    for (const { instancePath, message, params } of error.errors ?? [{ instancePath: "", message: String(error) }]) {
      console.log(`${kind} ${metadata.name}${instancePath}: ${message} ${JSON.stringify(params)}`);
    }
  }
}
