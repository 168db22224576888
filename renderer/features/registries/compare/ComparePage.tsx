import { Button } from '@mantine/core'
import { IconArrowsExchange } from '@tabler/icons-react'
import { useState } from 'react'
import type { ImageComparison } from '../../../../main/api/catalog.ts'
import { formatBytes, formatCount, shortTag } from '../../../../main/api/format.ts'
import { formatRoute } from '../../../app/routes.ts'
import { replaceRoute } from '../../../app/use-route.ts'
import { keys } from '../../../engine.ts'
import { Command } from '../../../ui/Command.tsx'
import page from '../../planning/page.module.css'
import { useRun } from '../use-run.ts'
import { Waits } from '../Waits.tsx'
import { CompareStacks } from './CompareStacks.tsx'
import css from './compare.module.css'
import { EnvChanges, PackageChanges } from './Differences.tsx'
import { packageCounts, packageWords } from './model.ts'

interface CompareProps {
  readonly repository: string
  readonly left: string
  readonly right: string
}

/** Two tags: their stacks side by side with equal layers joined, and what is different in words. */
export function ComparePage({ repository, left, right }: CompareProps) {
  const run = useRun([...keys.images, 'compare', repository, left, right], (client, name) =>
    client.call('image.compare', { left: { repository, tag: left }, right: { repository, tag: right }, run: name }),
  )
  const [unfolded, setUnfolded] = useState(false)
  return (
    <div className={page.page}>
      <header className={page.header}>
        <h1 className={page.title} title={`${left}\n${right}`}>
          {shortTag(left)} <span className={css.and}>and</span> {shortTag(right)}
        </h1>
        <Button
          variant="default"
          leftSection={<IconArrowsExchange size={16} />}
          onClick={() => replaceRoute({ screen: 'registries', repository, tag: right, against: left })}
        >
          Swap
        </Button>
      </header>
      {run.data ? (
        <div className={css.columns}>
          <section className={css.stacks} aria-label="Layer stacks">
            <Heads comparison={run.data} repository={repository} />
            <CompareStacks comparison={run.data} unfolded={unfolded} onUnfold={() => setUnfolded(!unfolded)} />
          </section>
          <div className={css.words}>
            <Sums comparison={run.data} />
            <PackageChanges comparison={run.data} />
            <EnvChanges comparison={run.data} />
            <Command value={run.data.command} />
          </div>
        </div>
      ) : (
        <Waits run={run} words="Reading both images" />
      )}
    </div>
  )
}

function Heads({ comparison, repository }: { comparison: ImageComparison; repository: string }) {
  const { left, right } = comparison
  return (
    <div className={css.heads}>
      {[left, right].map((image, i) => (
        <div key={image.digest + String(i)}>
          <a
            href={formatRoute({ screen: 'registries', repository, tag: image.tag ?? image.digest })}
            title={image.reference}
          >
            {shortTag(image.tag ?? image.digest)}
          </a>
          <small>{formatBytes(image.sums.bytes)}</small>
        </div>
      ))}
    </div>
  )
}

function Sums({ comparison }: { comparison: ImageComparison }) {
  const { sharedBytes, leftBytes, rightBytes } = comparison.sums
  const counts = packageCounts(comparison)
  const told = (['removed', 'version', 'build', 'added', 'same'] as const).filter((change) => counts[change] > 0)
  return (
    <div className={css.sums}>
      <p>
        <b>{formatBytes(sharedBytes)}</b> in both, <b>{formatBytes(leftBytes)}</b> only in the first,{' '}
        <b>{formatBytes(rightBytes)}</b> only in the second
      </p>
      {told.length > 0 && (
        <p className={css.dim}>
          Packages: {told.map((change) => `${formatCount(counts[change])} ${packageWords[change]}`).join(' · ')}
        </p>
      )}
    </div>
  )
}
