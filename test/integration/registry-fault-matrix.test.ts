import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, it } from 'vitest'
import { reasonOf } from '../../main/registry/failure.ts'
import type { RegistryEvent } from '../../main/registry/host.ts'
import { openRepository } from '../../main/registry/open.ts'
import { parseReference } from '../../main/registry/reference.ts'
import type { Repository } from '../../main/registry/repository.ts'
import { StrataError } from '../../main/support/errors.ts'
import { missingProgram } from '../support/programs.ts'
import { everyWord } from '../support/registry/failing.ts'
import { faultMatrix } from '../support/registry/fault-matrix.ts'
import { siteImage, siteLogin, siteSecrets } from '../support/registry/fault-sites.ts'
import { blob, image, opener } from '../support/registry/images.ts'
import type { FaultRow, Operation } from '../support/registry/matrix/row.ts'

/** Every fault that a registry can show, one row each: what comes of it, in which words, and after how many requests. */

const noOpenssl = await missingProgram('openssl')
const rows = faultMatrix.map((row) => ({ ...row, title: `${row.fault} (${row.does})` }))

it.each(rows.filter(({ needs }) => !needs))('$title', play)
it.skipIf(noOpenssl).each(rows.filter(({ needs }) => needs))('$title', play)

async function play(row: FaultRow): Promise<void> {
  const site = await row.site()
  const events: RegistryEvent[] = []
  let waited = 0
  const repository = await openRepository(parseReference(site.reference), {
    credentials: async () => siteLogin,
    trust: () => ({ caFiles: site.caFiles }),
    // Nothing of the machine's own proxies.
    env: {},
    timeouts: { firstByte: 300, stall: 300 },
    now: () => Date.now() + waited,
    sleep: async (milliseconds) => {
      waited += milliseconds
    },
    onEvent: (event) => events.push(event),
  })
  try {
    const outcome = await operate(repository, row.does).catch((thrown: unknown) => thrown)
    expectOutcome(row, outcome)
    expect(site.registry?.log.length ?? 0).toBeLessThanOrEqual(row.requests)
    const [least, most] = row.waits ?? [0, 0]
    // What really passes meanwhile is not waited again: a busy machine waits a little less.
    expect(waited / 1000).toBeGreaterThanOrEqual(least * 0.9)
    expect(waited / 1000).toBeLessThanOrEqual(most)
    // Nobody waits without being told why.
    expect(events.length > 0).toBe(waited > 0)
    for (const secret of siteSecrets) {
      expect(everyWord(outcome)).not.toContain(secret)
      expect(JSON.stringify(events)).not.toContain(secret)
    }
  } finally {
    await repository.close()
    await site.close()
  }
}

function expectOutcome({ ends }: FaultRow, outcome: unknown): void {
  if (ends === 'well' || ends === 'absent') {
    expect(outcome).toBe(ends)
    return
  }
  if (!(outcome instanceof StrataError)) throw new Error(`it ended ${String(outcome)}`, { cause: outcome })
  expect(outcome.message).toMatch(ends.says)
  expect(outcome.code).toBe(ends.code)
  if (ends.reason) expect(reasonOf(outcome)).toBe(ends.reason)
  if (ends.hints) expect(outcome.hint).toMatch(ends.hints)
}

async function operate(repository: Repository, operation: Operation): Promise<'well' | 'absent'> {
  switch (operation) {
    case 'tags':
      return (await repository.tags()).includes('tag') ? 'well' : 'absent'
    case 'manifest':
      return (await repository.getManifest('tag'))?.bytes.equals(siteImage.manifest) ? 'well' : 'absent'
    case 'blob':
      await pipeline(await repository.readBlob(siteImage.config), new Writable({ write: (_c, _e, done) => done() }))
      return 'well'
    case 'upload': {
      const content = blob(300_000)
      await repository.putBlob(content, opener(content))
      return (await repository.hasBlob(content.digest))?.size === content.size ? 'well' : 'absent'
    }
    case 'manifest upload': {
      const other = image('oci', 'other')
      for (const part of [other.config, ...other.layers]) await repository.putBlob(part, opener(part))
      await repository.putManifest('other', other.manifest, other.mediaType)
      return 'well'
    }
    case 'delete':
      return (await repository.deleteManifest(blob(siteImage.manifest).digest)) ? 'well' : 'absent'
  }
}
