import { expect, it } from 'vitest'
import { foldPadding } from '../../../main/api/format.ts'
import { filterRows, inNameOrder, type PaddingRow, sortRows } from '../../../renderer/features/padding/rows.ts'

const row = (name: string, longestRoot: number, by = 0): PaddingRow => ({
  hash: `hash-of-${name}`,
  name,
  version: '1.2',
  prefixLength: longestRoot + 10,
  longestRoot,
  tooLong: by === 0 ? undefined : { by, because: by > 5 ? name : 'zlib' },
})
const rows = inNameOrder([row('zlib', 128, 9), row('lib10', 64), row('lib9', 64, 2)])
const names = (sorted: readonly PaddingRow[]) => sorted.map((one) => one.name)

it('puts who has least room first, and equal ones in the order of their names, numbers as numbers', () => {
  expect(names(sortRows(rows, { column: 'root', descending: false }))).toEqual(['lib9', 'lib10', 'zlib'])
  expect(names(sortRows(rows, { column: 'by', descending: true }))).toEqual(['zlib', 'lib9', 'lib10'])
  expect(names(sortRows(rows, { column: 'name', descending: true }))).toEqual(['zlib', 'lib10', 'lib9'])
})

it('finds by a part of name and version, and by the beginning of a hash as Spack writes it', () => {
  expect(names(filterRows(rows, ' LIB9@1'))).toEqual(['lib9'])
  expect(names(filterRows(rows, '/hash-of-z'))).toEqual(['zlib'])
})

it('folds a padding that ends in any part of a placeholder', () => {
  const whole = '/__spack_path_placeholder__'
  expect(foldPadding(`/s${whole}${whole}/__spack_path_/linux`)).toBe('/s/…[padded to 70]…/linux')
  expect(foldPadding(`/s${whole}/_`)).toBe('/s/…[padded to 31]…')
  expect(foldPadding(`/s${whole}_/linux`)).toBe('/s/…[padded to 30]…/linux')
})
