import type { CatalogPackage, LayerFile } from '../../main/api/catalog.ts'
import type { Output, Parsed } from '../../main/api/contract.ts'
import { layerBytes } from './fake-cache.ts'

const store = 'home/demo/spack/opt/spack/__spack_path_placeholder__/__spack_path_placeholder__/__spack_path_placeh'

/** The files of a package's layer as Spack packs it: every parent directory, then the prefix. */
export function fakeFiles(owner: CatalogPackage | undefined, input: Parsed<'layer.files'>): Output<'layer.files'> {
  const files = owner ? packageFiles(owner) : baseFiles()
  return {
    digest: input.digest,
    files,
    unpackedBytes: files.reduce((sum, f) => sum + f.bytes, 0),
    stopped: owner ? undefined : 'The list ends after 20,000 entries; the layer has more.',
    command: `strata files ${input.repository.replace('oci://', '')}@${input.digest}`,
  }
}

function packageFiles(owner: CatalogPackage): LayerFile[] {
  const { name, version, hash } = owner
  const prefix = `${store}/linux-${owner.os}-${owner.target}/${(owner.compiler ?? 'none').replace('@', '-')}/${name}-${version}-${hash}`
  const bytes = layerBytes(owner)
  const parents = prefix.split('/').map((_, i, parts) => directory(parts.slice(0, i + 1).join('/')))
  const at = (path: string, size: number, mode = 0o644): LayerFile => ({ path: `${prefix}/${path}`, kind: 'file', bytes: Math.round(size), mode }) // biome-ignore format: plain data
  const link = (path: string, target: string): LayerFile => ({ path: `${prefix}/${path}`, kind: 'symlink', bytes: 0, mode: 0o755, target }) // biome-ignore format: plain data
  return [
    ...parents,
    directory(`${prefix}/.spack`),
    at('.spack/binary_distribution', 1_320),
    at('.spack/spec.json', 9_412),
    directory(`${prefix}/bin`),
    at(`bin/${name}`, bytes * 0.9, 0o755),
    at(`bin/${name}-config`, 2_312, 0o755),
    link(`bin/${name}.real`, name),
    directory(`${prefix}/include`),
    ...['', '_core', '_types', '_version'].map((end) => at(`include/${name}${end}.h`, 8_200 + end.length * 311)),
    directory(`${prefix}/lib`),
    at(`lib/lib${name}.a`, bytes * 0.8),
    at(`lib/lib${name}.so.${version}`, bytes * 0.7, 0o755),
    link(`lib/lib${name}.so`, `lib${name}.so.${version}`),
    directory(`${prefix}/lib/pkgconfig`),
    at(`lib/pkgconfig/${name}.pc`, 412),
    directory(`${prefix}/share`),
    directory(`${prefix}/share/man`),
    directory(`${prefix}/share/man/man1`),
    ...Array.from({ length: 40 }, (_, i) => at(`share/man/man1/${name}-${i + 1}.1`, 3_000 + i * 97)),
  ]
}

function baseFiles(): LayerFile[] {
  const folders = ['bin', 'etc', 'lib', 'usr', 'usr/bin', 'usr/lib', 'usr/share', 'var'].map(directory)
  const files = Array.from({ length: 1_500 }, (_, i): LayerFile => ({ path: `usr/bin/tool-${i}`, kind: 'file', bytes: 14_000 + i * 83, mode: 0o755 })) // biome-ignore format: plain data
  return [...folders, { path: 'etc/os-release', kind: 'file', bytes: 386, mode: 0o644 }, ...files]
}

function directory(path: string): LayerFile {
  return { path, kind: 'directory', bytes: 0, mode: 0o755 }
}

/** Programs and libraries are ELF, archives are bytes, everything else is text. */
export function fakePreview(
  owner: CatalogPackage | undefined,
  input: Parsed<'layer.preview'>,
): Output<'layer.preview'> {
  const all = owner ? packageFiles(owner) : baseFiles()
  const file = all.find((f) => f.path === input.path) ?? { path: input.path, kind: 'file', bytes: 0, mode: 0o644 }
  const name = owner?.name ?? 'tool'
  const elf = /\.so\.|\/bin\/[a-z0-9-]+$/.test(file.path) && !file.path.endsWith('-config')
  if (elf || file.path.endsWith('.a')) {
    const head = elf ? '7f454c4602010100000000000000000003003e000100000040100000000000' : '213c617263683e0a2f20202020'
    return {
      file,
      hex: (head + '00a1b2c3d4e5f60718293a4b5c6d7e8f2f6c69622f6c642d6c696e7578'.repeat(16)).slice(0, 1024),
      shown: 512,
      elf: elf ? {
        description: `64-bit little-endian x86-64 ${file.path.includes('.so') ? 'shared object' : 'position-independent executable'}`,
        interpreter: file.path.includes('.so') ? undefined : '/lib64/ld-linux-x86-64.so.2',
        soname: file.path.includes('.so') ? `lib${name}.so.${owner?.version.split('.')[0]}` : undefined,
        needed: ['libtinfow.so.6', 'libm.so.6', 'libc.so.6'],
        rpath: [],
        runpath: [`/${store}/linux-debian12-x86_64/gcc-12.2.0/${name}-${owner?.version}-${owner?.hash}/lib`, `/${store}/linux-debian12-x86_64/gcc-12.2.0/ncurses-6.4-javfv4npq27ua4kua36pyc62su5kbq3s/lib`],
        versions: [{ library: 'libc.so.6', versions: ['GLIBC_2.2.5', 'GLIBC_2.34', 'GLIBC_2.36'] }, { library: 'libm.so.6', versions: ['GLIBC_2.29'] }],
        libc: 'glibc 2.36',
      } : undefined,
    } // biome-ignore format: plain data
  }
  const text = file.path.endsWith('spec.json') ? JSON.stringify({ spec: { _meta: { version: 4 }, nodes: [{ name, version: owner?.version, arch: { platform: 'linux', platform_os: owner?.os, target: owner?.target } }] } }, undefined, 2) : `# ${file.path.split('/').at(-1)}\n# made for ${name}\nprefix=/${store}/…\nexec_prefix=\${prefix}\nlibdir=\${prefix}/lib\nincludedir=\${prefix}/include\n\nName: ${name}\nVersion: ${owner?.version}\n` // biome-ignore format: made-up text
  return { file, text, shown: text.length }
}
