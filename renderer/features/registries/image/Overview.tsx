import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { CatalogPackage, ImageDetail } from '../../../../main/api/catalog.ts'
import { plural, shortTag } from '../../../../main/api/format.ts'
import { formatRoute } from '../../../app/routes.ts'
import { Bytes } from '../../../ui/Bytes.tsx'
import { Command } from '../../../ui/Command.tsx'
import { Hash } from '../../../ui/Hash.tsx'
import { Usage } from '../../activity/result-parts.tsx'
import { KindMark } from './ImageHeader.tsx'
import css from './image.module.css'

/** What it is, how to use it, and what else there is of it. */
export function Overview({ image, repository }: { readonly image: ImageDetail; readonly repository: string }) {
  const { problem, kind, package: about, platforms, sameDigest, referrers, usage = [] } = image
  const link = (tag: string) => formatRoute({ screen: 'registries', repository, tag })
  const ProblemIcon = kind === 'damaged' ? IconAlertTriangle : IconInfoCircle
  return (
    <>
      {problem !== undefined && (
        <p className={css.problem} data-kind={kind}>
          <ProblemIcon size={16} aria-hidden /> {problem}
        </p>
      )}
      {about && (
        <Section title="Package">
          <PackageFacts about={about} />
        </Section>
      )}
      {platforms.length > 0 && (
        <Section title={plural(platforms.length, 'image')}>
          <ul className={css.links}>
            {platforms.map((one) => (
              <li key={one.digest}>
                <a href={link(one.digest)}>{one.platform}</a>
                <KindMark kind={one.kind} />
                <span className={css.amount}>{one.bytes !== undefined && <Bytes value={one.bytes} />}</span>
                <Hash value={one.digest} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {usage.length > 0 && (
        <Section title="Use it">
          <dl className={css.usage}>
            <Usage usage={usage} />
          </dl>
        </Section>
      )}
      {image.base && (
        <Section title="Base image">
          <p>
            {image.base.name ?? 'of no known name'}, {plural(image.base.layers, 'layer')}{' '}
            {image.base.digest !== undefined && <Hash value={image.base.digest} />}
          </p>
        </Section>
      )}
      {sameDigest.length > 0 && (
        <Section title="Other tags of the same image">
          <ul className={css.chips}>
            {sameDigest.map((tag) => (
              <li key={tag}>
                <a href={link(tag)}>{shortTag(tag)}</a>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {referrers.length > 0 && (
        <Section title="Referrers: signatures, bills of materials and the like">
          <ul className={css.links}>
            {referrers.map((one) => (
              <li key={one.digest}>
                <a href={link(one.digest)}>{one.artifactType ?? 'of no type'}</a>
                <span className={css.amount}>
                  <Bytes value={one.bytes} />
                </span>
                <Hash value={one.digest} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title="The same on the command line">
        <Command value={image.command} />
      </Section>
    </>
  )
}

function PackageFacts({ about }: { about: CatalogPackage }) {
  return (
    <dl className={css.pairs}>
      <dt>Hash</dt>
      <dd>
        <Hash value={about.hash} />
      </dd>
      <dt>Compiler</dt>
      <dd>{about.compiler ?? 'not known'}</dd>
      <dt>Platform</dt>
      <dd>
        {about.platform} {about.os} {about.target}
      </dd>
      {about.variants !== '' && (
        <>
          <dt>Variants</dt>
          <dd className={css.mono}>{about.variants}</dd>
        </>
      )}
      {about.namespace !== undefined && (
        <>
          <dt>Namespace</dt>
          <dd>{about.namespace}</dd>
        </>
      )}
      {(about.specVersion !== undefined || about.layoutVersion !== undefined) && (
        <>
          <dt>Spack format</dt>
          <dd>
            {[
              about.specVersion !== undefined && `spec ${about.specVersion}`,
              about.layoutVersion !== undefined && `layout ${about.layoutVersion}`,
            ]
              .filter(Boolean)
              .join(', ')}
          </dd>
        </>
      )}
    </dl>
  )
}

/** A titled part of a tab. */
export function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={css.section}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}
