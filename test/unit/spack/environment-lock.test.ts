import { existsSync } from 'node:fs'
import { chmod, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { FileEditRequestInput, FileEditWait } from '../../../main/api/spack-files.ts'
import { FileEditRequest } from '../../../main/api/spack-files.ts'
import { createFileEdits, type FileEdits } from '../../../main/buildcache/spack-files/edits.ts'
import { openKeychain } from '../../../main/registry/credentials/keychain.ts'
import { lockEnvironment } from '../../../main/spack/locks/environment-lock.ts'
import { missingProgram } from '../../support/programs.ts'
import { startPythonLocker } from '../../support/python-locker.ts'
import { folderWith } from './fixtures.ts'

const noPython = await missingProgram('python3')
const manifest = 'spack:\n  specs:\n  - zlib\n'

/** An environment that a Spack has worked in, and an editor of its files that waits for so many milliseconds. */
async function environmentWith(lockTimeout?: number) {
  const folder = await folderWith({ 'spack.yaml': manifest, '.spack-env/transaction_lock': '' })
  const host = { env: {}, home: folder, remembered: [], keychain: openKeychain({ folder }), registries: [] }
  const waits: FileEditWait[] = []
  const onWait = (wait: FileEditWait) => waits.push(wait)
  const edits = createFileEdits({ host: () => host, onWait, ...(lockTimeout !== undefined && { lockTimeout }) })
  return { folder, edits, waits, lock: join(folder, '.spack-env/transaction_lock'), file: join(folder, 'spack.yaml') }
}

async function planned(edits: FileEdits, request: FileEditRequestInput): Promise<() => Promise<unknown>> {
  const { id } = await edits.plan(FileEditRequest.parse(request))
  return () => edits.apply(id)
}

describe.skipIf(noPython !== undefined || process.platform === 'win32')('an environment that a Spack changes', () => {
  it('is not written to meanwhile, and the error says who changes it', async () => {
    const { folder, edits, lock, file } = await environmentWith(50)
    const apply = await planned(edits, { environment: folder, edit: { kind: 'add-specs', specs: ['hdf5'] } })
    const python = startPythonLocker()
    expect(await python.lock(lock, 'exclusive')).toBe('taken')
    await expect(apply()).rejects.toMatchObject({
      code: 'lock-timeout',
      message: expect.stringMatching(
        /^the environment .* is still locked by the process \d+ \(.*python.*\) after 0.1 s$/,
      ),
      hint: 'Let the other finish, or end it if it hangs, and run this again: nothing was written.',
      details: { pid: python.pid },
    })
    expect(await readFile(file, 'utf8')).toBe(manifest)
    expect(await readdir(folder)).toEqual(['.spack-env', 'spack.yaml'])
  })

  it('is written to once the Spack is done, with both changes in the file', async () => {
    const { folder, edits, waits, lock, file } = await environmentWith()
    const apply = await planned(edits, { environment: folder, edit: { kind: 'add-specs', specs: ['hdf5'] } })
    const python = startPythonLocker()
    await python.lock(lock, 'exclusive')
    const written = apply()
    await expect.poll(() => waits).toMatchObject([{ holder: expect.stringMatching(/^the process \d+ \(.*python/) }])
    await python.run(`open('${file}', 'w').write('spack:\\n  # by Spack\\n  specs:\\n  - zlib\\n'); print('written')`)
    await python.unlock(lock)
    expect(await written).toMatchObject({ merged: true })
    expect(await readFile(file, 'utf8')).toBe('spack:\n  # by Spack\n  specs:\n  - zlib\n  - hdf5\n')
    expect(await python.lock(lock, 'exclusive')).toBe('taken')
  })

  it('keeps a Spack out while it is written, and only then', async () => {
    const { folder, lock } = await environmentWith()
    const python = startPythonLocker()
    const held = await lockEnvironment(folder, undefined, {})
    expect(await python.lock(lock, 'shared')).toBe('busy')
    held.release()
    expect(await python.lock(lock, 'shared')).toBe('taken')
  })

  it('keeps nobody from the files of other scopes', async () => {
    const { folder, edits, lock } = await environmentWith(50)
    const python = startPythonLocker()
    await python.lock(lock, 'exclusive')
    const spack = await folderWith({ 'bin/spack': '', 'lib/spack/spack/__init__.py': '__version__ = "1.1.0"\n' })
    const edit = { kind: 'add-mirror', name: 'm', settings: { url: 'https://example.org' } } as const
    const apply = await planned(edits, { spack, environment: folder, scope: 'site', edit })
    await expect(apply()).resolves.toMatchObject({ merged: false })
  })
})

describe.skipIf(process.platform === 'win32')('an environment without a lock', () => {
  it('is written to where no Spack has worked yet, and gets no folder for it', async () => {
    const folder = await folderWith({ 'spack.yaml': manifest })
    ;(await lockEnvironment(folder, undefined, { timeout: 0 })).release()
    expect(existsSync(join(folder, '.spack-env'))).toBe(false)
  })

  it('is locked against its owner’s Spack where its lock may only be read', async (context) => {
    if (process.getuid?.() === 0) return context.skip('root may write everything')
    const { folder, lock } = await environmentWith()
    await chmod(lock, 0o444)
    const held = await lockEnvironment(folder, undefined, { timeout: 0 })
    await chmod(lock, 0o644)
    expect(await startPythonLocker().lock(lock, 'exclusive')).toBe('busy')
    held.release()
  })
})
