import { chmodSync, closeSync, existsSync, openSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { HeldLock } from '../../../main/spack/locks/acquire.ts'
import { prefixRange, storeLocks } from '../../../main/spack/locks/store-locks.ts'
import { missingProgram } from '../../support/programs.ts'
import { type PythonLocker, startPythonLocker } from '../../support/python-locker.ts'
import { folderWith, refusal } from './fixtures.ts'

const noPython = await missingProgram('python3')
const zlib = 'zggzqcyfwnts3encqg6a5skh4miu4aqa'
const vim = 'z4xbt6ajw7cfj7ppe35mfnmy7xjybs75'

describe.skipIf(noPython !== undefined || process.platform === 'win32')('the locks of a store', () => {
  it('wait for a Python that holds the database, and have it when that lets go', async () => {
    const { root, python } = await storeWithPython()
    expect(await python.lock('lock', 'exclusive')).toBe('taken')
    const waiting: string[] = []
    const lock = storeLocks({ paddedRoot: root }).database('shared', { onWait: (who) => waiting.push(who) })
    await expect.poll(() => waiting).toEqual([expect.stringContaining(`the process ${python.pid} (`)])
    await python.unlock('lock')
    await released(lock)
  })

  it('keep a Python out while they are held, and no longer', async () => {
    const { root, python } = await storeWithPython()
    const held = await storeLocks({ paddedRoot: root }).database('exclusive')
    expect(await python.lock('lock', 'shared')).toBe('busy')
    held.release()
    expect(await python.lock('lock', 'exclusive')).toBe('taken')
  })

  it('are shared by readers of both', async () => {
    const { root, python } = await storeWithPython()
    const held = await storeLocks({ paddedRoot: root }).database('shared')
    expect(await python.lock('lock', 'shared')).toBe('taken')
    await released(storeLocks({ paddedRoot: root }).database('shared'))
    held.release()
    expect(await refusal(storeLocks({ paddedRoot: root }).database('exclusive', { timeout: 0 }))).toMatchObject({
      code: 'lock-timeout',
    })
  })

  it('give each package one byte, where Spack has it', async () => {
    const { root, python } = await storeWithPython()
    const held = await storeLocks({ paddedRoot: root }).prefix(zlib, 'exclusive')
    // As Spack computes it: int.from_bytes(base64.b32decode(hash)[:8]) >> 1.
    expect(await python.run(`print(int.from_bytes(base64.b32decode('${zlib}'.upper())[:8], 'big') >> 1)`)).toBe(
      String(prefixRange(zlib).start),
    )
    expect(await python.lock('prefix_lock', 'exclusive', prefixRange(zlib).start)).toBe('busy')
    expect(await python.lock('prefix_lock', 'exclusive', prefixRange(vim).start)).toBe('taken')
    held.release()
    expect(await python.lock('prefix_lock', 'exclusive', prefixRange(zlib).start)).toBe('taken')
  })

  it('survive the release of another lock on the same file', async () => {
    const { root, python } = await storeWithPython()
    const locks = storeLocks({ paddedRoot: root })
    const kept = await locks.prefix(zlib, 'exclusive')
    await released(locks.prefix(vim, 'exclusive'))
    expect(await python.lock('prefix_lock', 'exclusive', prefixRange(zlib).start)).toBe('busy')
    kept.release()
  })

  it('are one lock when two paths lead to one store', async () => {
    const { root, python } = await storeWithPython()
    symlinkSync(root, `${root}-link`)
    const kept = await storeLocks({ paddedRoot: root }).prefix(zlib, 'exclusive')
    const other = storeLocks({ paddedRoot: `${root}-link` })
    expect(await refusal(other.prefix(zlib, 'exclusive', { timeout: 0 }))).toMatchObject({
      code: 'lock-timeout',
      message: expect.stringContaining('another job of Strata'),
    })
    await released(other.prefix(vim, 'shared'))
    expect(await python.lock('prefix_lock', 'exclusive', prefixRange(zlib).start)).toBe('busy')
    kept.release()
  })

  it('end with a process that is killed', async () => {
    const { root, python } = await storeWithPython()
    await python.lock('lock', 'exclusive')
    const lock = storeLocks({ paddedRoot: root }).database('exclusive')
    python.kill()
    await released(lock)
  })

  it('say who holds them when the time is up', async () => {
    const { root, python } = await storeWithPython()
    await python.lock('lock', 'exclusive')
    const error = await refusal(storeLocks({ paddedRoot: root }).database('exclusive', { timeout: 50 }))
    expect(error).toMatchObject({
      code: 'lock-timeout',
      message: expect.stringMatching(/still locked by the process \d+ \(.*python.*\) after 0.1 s/),
      details: { pid: python.pid },
      retryable: true,
    })
  })
})

describe.skipIf(process.platform === 'win32')('a lock of a store', () => {
  it('excludes other jobs of this process', async () => {
    const root = await folderWith({})
    const locks = storeLocks({ paddedRoot: root })
    const first = await locks.database('exclusive')
    const order: string[] = []
    const second = locks.database('shared').then((lock) => {
      order.push('second')
      return lock
    })
    await sleep(60)
    order.push('first released')
    first.release()
    first.release()
    await released(second)
    expect(order).toEqual(['first released', 'second'])
  })

  it('is not waited for once cancelled', async () => {
    const root = await folderWith({})
    const locks = storeLocks({ paddedRoot: root })
    const held = await locks.prefix(zlib, 'shared')
    const stop = new AbortController()
    const waiting = refusal(locks.prefix(zlib, 'exclusive', { signal: stop.signal }))
    stop.abort()
    expect(await waiting).toMatchObject({ code: 'cancelled' })
    held.release()
  })

  it('that may not be written is refused to a writer', async (context) => {
    if (process.getuid?.() === 0) return context.skip('root may write everything')
    const root = await folderWith({ '.spack-db/lock': '' })
    chmodSync(join(root, '.spack-db/lock'), 0o444)
    const locks = storeLocks({ paddedRoot: root })
    await released(locks.database('shared'))
    expect(await refusal(locks.database('exclusive'))).toMatchObject({ code: 'permission-denied' })
  })

  it('is not taken where config:locks is off', async () => {
    const root = await folderWith({})
    await released(storeLocks({ paddedRoot: root, enabled: false }).database('exclusive'))
    expect(existsSync(join(root, '.spack-db'))).toBe(false)
  })

  it('of a package needs a DAG hash', () => {
    expect(() => prefixRange('../../etc')).toThrow(expect.objectContaining({ code: 'spec-invalid' }))
  })
})

it('a POSIX lock is lost with any descriptor of its file, which is why there is only one', async (context) => {
  if (noPython !== undefined || process.platform === 'win32') return context.skip(noPython ?? 'no POSIX locks')
  const { root, python } = await storeWithPython()
  const held = await storeLocks({ paddedRoot: root }).database('exclusive')
  closeSync(openSync(join(root, '.spack-db/lock'), 'r'))
  expect(await python.lock('lock', 'exclusive')).toBe('taken')
  held.release()
})

async function released(lock: Promise<HeldLock>): Promise<void> {
  ;(await lock).release()
}

async function storeWithPython(): Promise<{ readonly root: string; readonly python: PythonLocker }> {
  const root = await folderWith({ '.spack-db/index.json': '' })
  const python = startPythonLocker()
  const path = (file: string): string => join(root, '.spack-db', file)
  return {
    root,
    python: {
      ...python,
      lock: (file, mode, start) => python.lock(path(file), mode, start),
      unlock: (file) => python.unlock(path(file)),
    },
  }
}
