import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { FileEditRequestInput } from '../../main/api/spack-files.ts'
import { readYaml } from '../../main/spack/config/yaml.ts'
import { openInstance } from '../../main/spack/instances.ts'
import { asObject } from '../../main/spack/json.ts'
import { type Machine, startMachine } from '../support/push/machine.ts'
import { isModernSpack } from '../support/push/real-spack.ts'
import { corpus } from '../unit/spack/edit/corpus.ts'
import { schemaCases } from '../unit/spack/schema/cases.ts'

const execute = promisify(execFile)
const root = process.env.SPACK_ROOT ?? ''

/** Spack's own judgement of a list of manifests: parsed and validated as it does for an environment. */
const validate = `
import io, json, sys
import spack.config, spack.schema.env
import spack.util.spack_yaml as syaml
answers = []
for text in json.load(open(sys.argv[1])):
    try:
        spack.config.validate(syaml.load_config(io.StringIO(text)), spack.schema.env.schema, 'f')
        answers.append(True)
    except Exception:
        answers.append(False)
print(json.dumps(answers))
`

/** A Spack in the middle of a change: it has read the manifest, and writes it back when it is told to go on. */
const hold = `
import sys
import spack.environment as ev
env = ev.active_environment()
with env.write_transaction():
    env.add('cmake')
    print('holding', flush=True)
    sys.stdin.readline()
    env.write()
`

describe.skipIf(root === '')('what we write is read by a real Spack (SPACK_ROOT; skipped where it is not set)', () => {
  let folder: string
  let machine: Machine
  let env: NodeJS.ProcessEnv
  let version: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strata-spack-files-'))
    env = {
      PATH: process.env.PATH,
      HOME: join(folder, 'home'),
      SPACK_ROOT: root,
      SPACK_DISABLE_LOCAL_CONFIG: '1',
      SPACK_USER_CACHE_PATH: join(folder, 'cache'),
    }
    await mkdir(join(folder, 'home'))
    machine = await startMachine(folder, { env })
    version = (await openInstance(root, { env })).version ?? ''
  })
  afterAll(async () => {
    await machine?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const spack = async (...args: readonly string[]): Promise<string> =>
    (await execute(join(root, 'bin/spack'), [...args], { env })).stdout
  const edit = async (environment: string | undefined, change: FileEditRequestInput['edit']): Promise<string> => {
    const plan = await machine.engine.call('edit.plan', { environment, edit: change })
    return (await machine.engine.call('edit.apply', { plan: plan.id })).file
  }

  it('finds the roots, the mirrors and the padding, at the lines that we say', async () => {
    const place = join(folder, 'made')
    await edit(undefined, { kind: 'create', place: 'folder', name: place, specs: ['zlib@1.2:1.3'], view: false })
    await edit(place, { kind: 'add-specs', specs: ['hdf5 +mpi', 'cmake'] })
    await edit(place, { kind: 'change-spec', from: 'cmake', to: 'cmake@3.20' })
    const login = isModernSpack(root) ? { id: 'me', secretVariable: 'TOKEN' } : { id: 'me', secret: 'pa55w0rd-of-lab' }
    const url = 'oci://ghcr.io/me/cache'
    await edit(place, { kind: 'add-mirror', name: 'cache', settings: { url, signed: false, autopush: true, login } })
    await edit(place, { kind: 'add-mirror', name: 'plain', settings: { url: 'https://example.org/x' }, only: true })
    await edit(place, { kind: 'set-mirror', name: 'plain', settings: { push: 's3://bucket/x' } })
    await edit(place, { kind: 'set-padding', length: 128 })

    const found = (await spack('-e', place, 'find')).replaceAll(' +', '+')
    for (const spec of ['zlib@1.2:1.3', 'hdf5+mpi', 'cmake@3.20']) expect(found).toContain(spec)
    const mirrors = await spack('-e', place, 'mirror', 'list')
    expect(mirrors).toMatch(/^cache +\[sb\] oci:\/\/ghcr\.io\/me\/cache$/m)
    expect(mirrors).toMatch(/^plain +\[sb\] fetch: https:\/\/example\.org\/x push: s3:\/\/bucket\/x$/m)
    expect(mirrors).not.toContain('spack-public')

    await spack('-e', place, 'mirror', 'add', 'theirs', 'https://example.org/y')
    const { spack: manifest } = readYaml(await readFile(join(place, 'spack.yaml'), 'utf8'), 'spack.yaml')
    const written = asObject(asObject(manifest)?.['mirrors:'])
    expect(Object.keys(written ?? {}), 'in the order in which both add them').toEqual(['theirs', 'plain', 'cache'])

    const list = await machine.engine.call('mirrors.read', { environment: place })
    const blame = await spack('-e', place, 'config', 'blame', 'mirrors')
    for (const mirror of list.mirrors) {
      expect(blame).toContain(`${mirror.place?.file}:${mirror.place?.line} `)
      expect(blame).toMatch(new RegExp(`:${mirror.place?.line} +${mirror.name}:`))
    }
    const padding = await machine.engine.call('padding.read', { environment: place })
    expect(await spack('-e', place, 'config', 'blame', 'config')).toMatch(
      new RegExp(`spack\\.yaml:${padding.setting?.line} +padded_length: 128`),
    )
    expect(padding.length).toBe(128)
    const store = await spack('-e', place, 'python', '-c', 'import spack.store; print(spack.store.STORE.root)')
    expect(store.trim()).toBe(padding.paddedRoot)
  })

  it('waits for a Spack that changes the environment, and nothing that either wrote is lost', async () => {
    const place = join(folder, 'shared')
    await edit(undefined, { kind: 'create', place: 'folder', name: place, specs: ['zlib'], view: false })
    await writeFile(join(folder, 'hold.py'), hold)
    const holding = spawn(join(root, 'bin/spack'), ['-e', place, 'python', join(folder, 'hold.py')], { env })
    onTestFinished(() => {
      holding.kill('SIGKILL')
    })
    const ended = once(holding, 'exit')
    await once(holding.stdout, 'data')
    const plan = await machine.engine.call('edit.plan', {
      environment: place,
      edit: { kind: 'set-view', view: true },
    })
    const written = machine.engine.call('edit.apply', { plan: plan.id })
    holding.stdin.end('go on\n')
    expect(await ended).toEqual([0, null])
    expect(await written).toMatchObject({ merged: true })
    const text = await readFile(join(place, 'spack.yaml'), 'utf8')
    expect(text).toContain('  - zlib\n  - cmake\n')
    expect(text).toContain('  view: true\n')
  })

  it('takes and refuses the same files', async () => {
    const texts = [...schemaCases.map((one) => one.text)]
    await writeFile(join(folder, 'texts.json'), JSON.stringify(texts))
    await writeFile(join(folder, 'validate.py'), validate)
    const answers: unknown = JSON.parse(await spack('python', join(folder, 'validate.py'), join(folder, 'texts.json')))
    const modern = !version.startsWith('0.')
    expect(answers).toEqual(schemaCases.map((one) => (modern ? one.new : one.old)))
  })

  it('reads every shape of file after an edit as before it, with the root', async () => {
    const shapes = Object.entries(corpus).filter(([name]) => !['groups', 'anchors and aliases'].includes(name))
    const texts: string[] = []
    for (const [name, text] of shapes) {
      const place = join(folder, `shape-${texts.length}`)
      await mkdir(place)
      await writeFile(join(place, 'spack.yaml'), text)
      const file = await edit(place, { kind: 'add-specs', specs: ['added-root@1.2:'] }).catch((error: unknown) => {
        throw new Error(`${name}: ${String(error)}`)
      })
      texts.push(await readFile(file, 'utf8'))
    }
    await writeFile(join(folder, 'shapes.json'), JSON.stringify(texts))
    const last = `
import io, json, sys
import spack.util.spack_yaml as syaml
print(json.dumps([syaml.load_config(io.StringIO(text))['spack']['specs'][-1] for text in json.load(open(sys.argv[1]))]))
`
    await writeFile(join(folder, 'last.py'), last)
    const roots: unknown = JSON.parse(await spack('python', join(folder, 'last.py'), join(folder, 'shapes.json')))
    expect(roots).toEqual(shapes.map(() => 'added-root@1.2:'))
  })
})
