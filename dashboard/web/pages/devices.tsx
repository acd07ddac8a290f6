// SPDX-License-Identifier: Apache-2.0
/** The technician's page: the devices. */
import { type Devices, DeviceTable } from '../parts/device-table.tsx';
import { OfficePage, type PageFrame } from '../parts/page-bar.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { useAsked } from '../parts/use-asked.ts';

export function DevicesPage({ frame }: { frame: PageFrame }) {
  const { known, problem } = useAsked<Devices>('/devices');
  return (
    <OfficePage frame={frame}>
      <ProblemNote problem={problem} />
      {known !== null && <DeviceTable {...known} />}
    </OfficePage>
  );
}
