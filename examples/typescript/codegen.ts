import type { CodegenConfig } from '@graphql-codegen/cli'

const config: CodegenConfig = {
  schema: '../../schema.graphql',
  documents: '../operations.graphql',
  importExtension: '.ts',
  generates: {
    './generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        useTypeImports: true,
        enumType: 'string-literal',
        strictScalars: true,
        scalars: {
          Count: 'number',
          Date: 'string',
          DateTime: 'string',
          Duration: 'string',
          TensorData: { input: 'unknown[]', output: '(number | string | boolean)[]' },
          Upload: { input: 'Blob', output: 'never' },
        },
      },
    },
  },
}
export default config
