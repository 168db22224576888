import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { expect, it } from 'vitest'
import { parse } from 'yaml'

// electron-builder brings the validator along but does not hand it on.
const ofBuilder = createRequire(createRequire(import.meta.url).resolve('electron-builder'))
const { validateConfiguration } = ofBuilder('app-builder-lib/out/util/config/config') as {
  validateConfiguration: (configuration: unknown, logger: { isEnabled: boolean; add(): void }) => Promise<void>
}
const { DebugLogger } = ofBuilder('builder-util') as { DebugLogger: new (enabled: boolean) => never }

async function configuration(): Promise<Record<string, unknown>> {
  return parse(await readFile('electron-builder.yml', 'utf8'))
}

it('is what electron-builder accepts, checked by its own schema without a network', async () => {
  await expect(validateConfiguration(await configuration(), new DebugLogger(false))).resolves.toBeUndefined()
})

it('would not be accepted with a misspelled option', async () => {
  const wrong = { ...(await configuration()), asarUnpak: [] }
  await expect(validateConfiguration(wrong, new DebugLogger(false))).rejects.toThrow('asarUnpak')
})

it('makes an AppImage, deb, rpm, dmg and nsis installer', async () => {
  expect(await configuration()).toMatchObject({
    linux: { target: ['AppImage', 'deb', 'rpm'] },
    mac: { target: 'dmg' },
    win: { target: 'nsis' },
  })
})

it('says of itself what deb and rpm packages demand, which the schema does not check', async () => {
  expect(await configuration()).toMatchObject({
    extraMetadata: { homepage: expect.stringMatching(/^https:/) },
    linux: { maintainer: expect.stringMatching(/^.+ <.+@.+>$/), category: 'Development' },
  })
})

it('has an icon large enough for every platform', async () => {
  const png = await readFile('app/electron/resources/icon.png')
  // The header of a PNG: signature, then width and height as 32-bit numbers at 16 and 20.
  expect([png.toString('latin1', 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(['PNG', 1024, 1024])
})
