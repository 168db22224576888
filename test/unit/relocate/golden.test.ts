import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { scanBinary } from '../../../main/relocate/binary.ts'
import { applyEdits, bufferSource } from '../../../main/relocate/edits.ts'
import { createPrefixMap, moveLinkTarget, type PrefixMap } from '../../../main/relocate/prefix-map.ts'
import { isBackupFile, relocateText } from '../../../main/relocate/text.ts'
import { type RelocatedPackage, type RelocationCase, readRelocatedPackages } from '../../support/relocation-cases.ts'

function mapOf({ binaryDistribution: info, newRoot }: RelocatedPackage): PrefixMap {
  const moved = (from: string) => ({ from, to: `${newRoot}${from.slice(info.buildpath.length)}` })
  return createPrefixMap({
    sbang: { from: info.sbang_install_path, to: `${newRoot}/bin/sbang` },
    packages: Object.values(info.hash_to_prefix).map(moved),
    storeRoot: moved(info.buildpath),
  })
}

function relocated({ kind, path, before }: RelocationCase, map: PrefixMap): string {
  if (kind === 'link') return (moveLinkTarget(Buffer.from(before), map) ?? before).toString()
  const bytes = Buffer.from(before, 'base64')
  return createHash('sha256')
    .update(kind === 'text' ? (isBackupFile(path) ? bytes : (relocateText(bytes, map) ?? bytes)) : edited(bytes, map))
    .digest('hex')
}

function edited(bytes: Buffer, map: PrefixMap): Buffer {
  const scan = scanBinary(bufferSource(bytes), map)
  if (scan.kind === 'refused') throw new Error(JSON.stringify(scan.refusals))
  applyEdits(bytes, 0, scan.edits)
  return bytes
}

describe.each(readRelocatedPackages())('$name, relocated by Spack 0.22.5 into another store', (relocatedPackage) => {
  const map = mapOf(relocatedPackage)

  test.each([...relocatedPackage.cases])('$kind $path comes out the same', (one) => {
    expect(relocated(one, map)).toBe(one.after)
  })

  test('had something to relocate', () => {
    const changed = relocatedPackage.cases.filter((one) => relocated(one, map) !== relocated(one, nowhere))
    expect(changed.length).toBeGreaterThan(2)
  })
})

const nowhere = createPrefixMap({ sbang: undefined, packages: [], storeRoot: { from: '/nowhere', to: '/now/here' } })
