import { join } from 'node:path'
import type { InstallResult } from '../../api/models.ts'
import { shellQuote } from '../push/command.ts'
import { isWritten } from './decide.ts'
import type { PreparedInstallation } from './prepared.ts'

/** How to use what is there now, a line a tool, each true as it stands. */
export function usageOf(prepared: PreparedInstallation, failed: ReadonlySet<string>): InstallResult['usage'] {
  const { target, packages } = prepared
  const usable = packages.filter(
    ({ node, root, action }) => root && !failed.has(node.hash) && (isWritten(action) || action === 'installed'),
  )
  const [first] = usable
  if (!first?.prefix) return []
  const run = { tool: 'shell', command: `export PATH=${shellQuote(join(first.prefix, 'bin'))}:"$PATH"` }
  const { instance, store } = target
  if (!instance) {
    const setting = `config:install_tree:root:${store.root}`
    return [run, { tool: 'spack', command: `spack config add ${shellQuote(setting)}` }]
  }
  const spec = `${first.node.name}/${first.node.hash.slice(0, 7)}`
  return [
    { tool: 'spack', command: `. ${shellQuote(join(instance.root, 'share/spack/setup-env.sh'))}` },
    { tool: 'spack', command: `spack load ${spec}` },
  ]
}
