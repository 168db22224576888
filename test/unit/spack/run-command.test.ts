import { describe, expect, it } from 'vitest'
import { SpackRunRequest, type SpackRunRequestInput } from '../../../main/api/spack-runs.ts'
import { spackArguments } from '../../../main/spack/run/command.ts'

const words = (request: SpackRunRequestInput, folder?: string): string =>
  spackArguments(SpackRunRequest.parse(request), folder).join(' ')

describe('the arguments for Spack', () => {
  it('names the environment, or says that there is none: the active one of a shell has no say', () => {
    expect(words({ action: 'find' }, '/home/me/env')).toBe('-D /home/me/env find')
    expect(words({ action: 'find', specs: ['zlib@1.3'] })).toBe('-E find zlib@1.3')
  })

  it('passes on what was asked for, options before specs', () => {
    const folder = '/e'
    expect(words({ action: 'concretize', force: true, solve: 'fresh', jobs: 4 }, folder)).toBe(
      '-D /e concretize --force --fresh -j 4',
    )
    expect(words({ action: 'install', cacheOnly: true }, folder)).toBe('-D /e install --cache-only')
    expect(words({ action: 'install', noCache: true }, folder)).toBe('-D /e install --no-cache')
    expect(words({ action: 'install', add: true, solve: 'reuse', specs: ['zlib +shared', '/abc'] }, folder)).toBe(
      '-D /e install --add --reuse zlib +shared /abc',
    )
    expect(words({ action: 'uninstall', specs: ['zlib'], dependents: true, force: true, remove: true }, folder)).toBe(
      '-D /e uninstall -y --dependents --force --remove zlib',
    )
  })

  it('refuses to install from caches alone and without any', () => {
    expect(() => words({ action: 'install', cacheOnly: true, noCache: true }, '/e')).toThrow('exclude each other')
  })

  it.each(['--help', ' -y', '-', 'zlib\n--fake', ' '])('refuses %j, which is an option or nothing at all', (spec) => {
    expect(() => words({ action: 'install', specs: [spec] }, '/e')).toThrow(
      expect.objectContaining({ code: 'usage', hint: expect.stringContaining('hdf5@1.14') }),
    )
  })

  it.each<SpackRunRequestInput>([
    { action: 'concretize' },
    { action: 'install' },
    { action: 'install', add: true, specs: ['zlib'] },
    { action: 'uninstall', remove: true, specs: ['zlib'] },
  ])('refuses %j without an environment', (request) => {
    expect(() => words(request)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining('there has to be an environment') }),
    )
  })
})
