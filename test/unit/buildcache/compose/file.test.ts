import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ComposeRequest, Composition } from '../../../../main/api/compose.ts'
import { compositionText, parseComposition } from '../../../../main/buildcache/compose/file.ts'

/** Every option of a composition comes back from the file that the preview gives. */

const word = fc.string({ minLength: 1, unit: 'grapheme' })
const record = fc.dictionary(fc.stringMatching(/^[A-Z][A-Z_]*$/), fc.string(), { minKeys: 1 })
const composition = fc.record(
  {
    roots: fc.array(word, { minLength: 1 }),
    base: fc.constantFrom('ubuntu:24.04', '/images/base.tar', 'scratch'),
    baseOf: fc.constantFrom('tools', `sha256:${'a'.repeat(64)}`),
    settings: fc.record(
      {
        labels: record,
        entrypoint: fc.array(fc.string()),
        command: fc.array(fc.string()),
        workingDirectory: fc.constantFrom('/', '/work'),
        user: fc.constantFrom('1000', 'yes', '1:1'),
      },
      { requiredKeys: [] },
    ),
    variables: record,
    title: fc.string(),
    created: fc.constant('2026-01-31T12:00:00Z'),
    baseline: fc.constant('x86_64_v3'),
    layerLimit: fc.integer({ min: 1, max: 127 }),
    squash: fc.boolean(),
    ociForm: fc.boolean(),
    allowMissing: fc.boolean(),
  },
  { requiredKeys: ['roots'] },
)

it('a composition comes back from its file', () => {
  fc.assert(
    fc.property(composition, (made) => {
      const request = ComposeRequest.parse({
        repository: 'oci://host/me/cache',
        tag: 'tools',
        to: 'oci://host/images',
        ...made,
      })
      const { from, to, tag, ...read } = parseComposition(compositionText(request), '/home/me/strata.yaml', '/home/me')
      expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify(Composition.parse(made))))
      expect({ from, to, tag }).toEqual({ from: request.repository, to: request.to, tag: 'tools' })
    }),
  )
})
