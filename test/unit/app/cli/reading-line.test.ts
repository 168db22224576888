import { expect, it } from 'vitest'
import { describeReading } from '../../../../app/cli/reading-line.ts'

it.each([
  [{ what: 'import', done: 0, total: 5_000_000, name: 'debian12.tar' }, 'Importing debian12.tar: 0 B of 4.8 MiB'],
  [
    { what: 'examine', done: 1, total: 1, name: 'layer 1 of debian:12' },
    'Looked into 1 of 1 layer: layer 1 of debian:12',
  ],
] as const)('says how far the reading is: %j', (progress, words) => {
  expect(describeReading({ run: 'x', ...progress })).toBe(words)
})
