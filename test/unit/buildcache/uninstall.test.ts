import { describe, expect, it } from 'vitest'
import { SpackRunRequest, type SpackRunRequestInput } from '../../../main/api/spack-runs.ts'
import type { Source } from '../../../main/buildcache/source.ts'
import { uninstallFindings } from '../../../main/buildcache/spack/uninstall.ts'
import { readConfiguration } from '../../../main/spack/config/configuration.ts'
import type { InstallRecord } from '../../../main/spack/database/database.ts'
import { hashOf, sketchedGraph, storedNodes } from '../../support/stored-specs.ts'
import { instanceWith } from '../spack/fixtures.ts'

// readline and what it brings are of this environment, vim and the other zlib are not.
const installed = {
  lua: { needs: ['readline:link'] },
  readline: { needs: ['ncurses:link', 'gmake:build'] },
  ncurses: { needs: ['gmake:build'] },
  gmake: {},
  vim: { needs: ['ncurses:link'] },
  'zlib-new': { version: '1.3' },
  'zlib-old': { version: '1.2' },
  'upstream-user': { needs: ['ncurses:link'] },
}
const own = ['lua', 'readline', 'ncurses', 'gmake', 'zlib-new', 'zlib-old']
const other = '/spack/var/spack/environments/editors'

async function findings(specs: readonly string[], how: Partial<SpackRunRequestInput> = {}, named = own) {
  const nodes = Object.fromEntries([...storedNodes({ vim: installed.vim, ncurses: installed.ncurses, gmake: {} }, 4)])
  const instance = await instanceWith({
    [`${other}/spack.yaml`.slice(1)]: 'spack: {specs: [vim]}\n',
    [`${other}/spack.lock`.slice(1)]: JSON.stringify({
      _meta: { 'file-type': 'spack-lockfile', 'lockfile-version': 5, 'specfile-version': 4 },
      roots: [{ hash: hashOf('vim'), spec: 'vim' }],
      concrete_specs: nodes,
    }),
  })
  const graph = sketchedGraph(installed)
  const records = new Map(
    [...graph.nodes.keys()].map((hash): [string, InstallRecord] => {
      const upstream = hash === hashOf('upstream-user') ? '/upstream' : undefined
      return [hash, { hash, installed: true, explicit: false, installationTime: 0, refCount: 0, upstream }]
    }),
  )
  const mine = { ...graph, nodes: new Map([...graph.nodes].filter(([hash]) => named.map(hashOf).includes(hash))) }
  const lock = { version: 5, path: '/lock', graph: mine, roots: [] }
  const source: Source = {
    ...{ instance, configuration: await readConfiguration(instance), store: undefined, databaseProblem: undefined },
    ...{ graph: mine, roots: [], fingerprint: '' },
    database: { version: 7, path: '/db', fingerprint: '', records, graph },
    environment: { name: 'tools', folder: '/tools', specs: [], lock, manifestFingerprint: '' },
  }
  const request = SpackRunRequest.parse({ action: 'uninstall', specs, ...how })
  if (request.action !== 'uninstall') throw new Error('asked for something else')
  return (await uninstallFindings(request, source)).map((one) => one.message)
}

describe('what an uninstall would leave broken', () => {
  it('is all that links to it or runs it, here and in other environments; Spack refuses then', async () => {
    expect(await findings(['ncurses'])).toEqual([
      'Spack refuses without --dependents: readline@1.0, vim@1.0 and lua@1.0 need ncurses@1.0. Not of this environment: vim@1.0.',
      'Spack refuses, because other environments name these packages: editors',
    ])
  })

  it('goes as well with its dependents, and stays broken by force', async () => {
    const [together] = await findings([`/${hashOf('readline').slice(0, 7)}`], { dependents: true })
    expect(together).toBe('Uninstalled as well: lua@1.0.')
    const [forced] = await findings(['readline'], { force: true })
    expect(forced).toBe('Stay, and may not run without readline@1.0: lua@1.0.')
  })

  it('is nothing for what was needed to build alone, and for what is chosen along', async () => {
    expect(await findings(['gmake'], { remove: true })).toEqual([
      'What these environments name as well leaves this one but stays installed: editors',
    ])
    expect(await findings(['lua', 'readline'])).toEqual([])
  })

  it('says which specs fit none or several', async () => {
    const [several, none, away] = await findings(['zlib', 'perl', 'vim'])
    expect(several).toMatch(/^zlib fits 2 packages.*zlib@1\.3 \/\w{7} and zlib@1\.2 \/\w{7}$/)
    expect(none).toBe('perl: no such package is installed in this environment')
    expect(away).toBe('vim: no such package is installed in this environment')
    expect(await findings(['zlib@1.3'])).toEqual([])
  })
})
