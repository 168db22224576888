import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { followSpack } from '../../../main/buildcache/spack/follow.ts'
import { splitLines } from '../../../main/jobs/output-lines.ts'
import { trackProgress } from '../../../main/jobs/progress.ts'

const tinylib = 'z2xx44ciqfife7imdgw6vcgfy7gov4za'
const tinyapp = 'qznrdo3qjyrkvpi6nsixmj6qrdetwrdj'
const broken = 'j47zy2iocmnhagrrcwo6ioasdrsuyru3'
const slow = 'uyhnz4sxm77aalllknumn5khesvj7nb7'
const known = new Map([
  [tinylib, { name: 'tinylib', version: '1.0' }],
  [tinyapp, { name: 'tinyapp', version: '2.0' }],
  [broken, { name: 'broken', version: '0.1' }],
])
const logOf = (id: string): string => `/tmp/demo/spack-stage/spack-stage-${id}/spack-build-out.txt`

/** What real Spacks printed into a pipe with colours; read as far as `until`. */
function follow(file: string, until = '', packages: Parameters<typeof followSpack>[1] = known) {
  const progress = trackProgress([])
  const log: string[] = []
  const follower = followSpack({ progress, log: (message) => log.push(message) }, packages)
  const text = readFileSync(join(import.meta.dirname, '../../fixtures/spack-output', file))
  for (const line of splitLines().push(text)) {
    follower.line(line)
    if (until !== '' && line.includes(until)) break
  }
  const { items, itemsDone, itemsTotal } = progress.snapshot(0)
  const phases = items.map((one) => [one.name, one.phase, one.doing].filter((word) => word !== undefined).join(' '))
  return { phases, keys: items.map((one) => one.key), itemsDone, itemsTotal, findings: follower.findings(), log }
}

describe("what Spack's lines tell of an install", () => {
  it('0.22: every package with its end, and the count of all', () => {
    const end = follow('0.22-install.txt')
    expect(end.phases).toEqual(['tinylib@1.0 done', 'slow-0.1 failed', 'tinyapp@2.0 done', 'broken@0.1 failed'])
    expect(end.keys).toEqual([tinylib, slow, tinyapp, broken])
    expect(end).toMatchObject({ itemsDone: 2, itemsTotal: 4 })
  })

  it('0.22: counts what is still to come, and says in which phase a build is', () => {
    const midst = follow('0.22-install.txt', 'Executing phase')
    expect(midst).toMatchObject({ phases: ['tinylib@1.0 build install'], itemsDone: 0, itemsTotal: 4 })
  })

  it('0.22: a failure names the build log, and the errors without what follows from them', () => {
    const { findings } = follow('0.22-install.txt')
    expect(findings.slice(0, 2)).toEqual([
      expect.objectContaining({
        message: 'slow-0.1 could not be built',
        hint: expect.stringContaining(logOf(`slow-0.1-${slow}`)),
      }),
      expect.objectContaining({ message: 'broken@0.1 could not be built', hash: broken }),
    ])
    const words = findings.map((one) => one.message)
    expect(words[2]).toBe('InstallError: Install failed for slow.  Nothing was installed!')
    // The line below is a part of the error, the excerpt from the log is not.
    expect(words[3]).toMatch(/^ProcessError: Command exited with status 2:\n {4}'\/usr\/bin\/bash'.*exit 2'$/)
    expect(words.join()).not.toContain('Package was not installed')
  })

  it('0.22: what no cache has', () => {
    const end = follow('0.22-cache-only.txt')
    expect(end.phases).toEqual(['tinylib@1.0 done', 'slow-0.1 failed', 'broken@0.1 failed', 'tinyapp@2.0 done'])
    expect(end.findings[0]?.message).toContain('No binary found when cache-only was specified')
  })

  it('0.22: what was uninstalled', () => {
    expect(follow('0.22-uninstall.txt')).toMatchObject({ phases: ['tinyapp@2.0 done'], keys: [tinyapp] })
  })

  it('0.22: what concretizing prints is no progress of packages, a tree with [+] neither', () => {
    expect(follow('0.22-concretize.txt').phases).toEqual([])
  })

  it('1.1: the same words in another order', () => {
    const end = follow('1.1-install.txt')
    expect(end.phases).toEqual(['tinylib@1.0 done', 'tinyapp@2.0 done', 'broken@0.1 failed'])
    expect(end.findings[0]?.hint).toContain(logOf(`broken-0.1-${broken}`))
  })

  it('1.1: what came out of a cache is done, though Spack says that it installs it afterwards', () => {
    const end = follow('1.1-cache-only.txt')
    expect(end).toMatchObject({ phases: ['tinylib@1.0 done', 'tinyapp@2.0 done'], itemsDone: 2, itemsTotal: 2 })
    expect(follow('1.1-cache-only.txt', 'Extracting').phases).toEqual(['tinylib@1.0 unpack'])
  })

  it('1.1, the new installer: a state a line, with seven letters of the hash', () => {
    const end = follow('1.1-new-installer.txt')
    expect(end.phases).toEqual(['tinylib@1.0 done', 'broken@0.1 failed', 'tinyapp@2.0 done'])
    expect(end.keys).toEqual([tinylib, broken, tinyapp])
    expect(end.findings[0]).toMatchObject({ message: 'broken@0.1 could not be built', hash: broken })
    expect(follow('1.1-new-installer.txt', 'broken@0.1: install').phases[1]).toBe('broken@0.1 build install')
  })

  it.each(['0.22-chain.txt', '1.1-chain.txt'])('%s: what needs a failed package is skipped, not failed', (file) => {
    const end = follow(file)
    expect(end.phases).toEqual(['broken-0.1 failed', 'middle-0.2 skipped', 'topmost-0.3 skipped'])
    expect(end.findings.map((one) => one.message)).toEqual([
      'broken-0.1 could not be built',
      expect.stringMatching(/^ProcessError: Command exited with status 2:/),
    ])
  })

  it('of a package that failed without a build log, the skipping of what needs it tells', () => {
    const progress = trackProgress([])
    const follower = followSpack({ progress, log: () => undefined }, known)
    follower.line(`==> Warning: Skipping build of tinyapp-2.0-${tinyapp} since broken-0.1-${broken} failed`)
    const { items } = progress.snapshot(0)
    expect(items.map((one) => `${one.name} ${one.phase}`)).toEqual(['broken@0.1 failed', 'tinyapp@2.0 skipped'])
  })

  it('needs no lockfile: packages are called as Spack calls them', () => {
    const end = follow('1.1-install.txt', '', new Map())
    expect(end.phases).toEqual(['tinylib-1.0 done', 'tinyapp-2.0 done', 'broken-0.1 failed'])
  })
})
