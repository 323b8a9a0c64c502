import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "../schema.graphql",
  documents: "src/**/*.graphql",
  generates: {
    "src/api/generated/": {
      preset: "client",
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: "string",
        enumsAsTypes: true,
        useTypeImports: true,
        strictScalars: true,
        scalars: {
          Count: "number",
          Date: "string",
          DateTime: "string",
          Duration: "string",
          TensorData: { input: "unknown", output: "unknown" },
          Upload: { input: "Blob", output: "never" },
        },
      },
    },
  },
};

export default config;
