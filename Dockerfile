# SPDX-License-Identifier: Apache-2.0
# One image for gateway and nurse station. The sources run as they are; only the web page is built.

FROM node:24-slim AS page
WORKDIR /opt/lamplight
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node tools/build-page.mjs

FROM node:24-slim AS dependencies
WORKDIR /opt/lamplight
COPY package.json package-lock.json .npmrc ./
# The image has its Node already; the optional packages are copies of it.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:24-slim
ENV NODE_ENV=production
RUN groupadd --gid 10001 lamplight \
 && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin lamplight \
 && install -d -o 10001 -g 10001 -m 700 /data
WORKDIR /opt/lamplight
COPY --from=dependencies /opt/lamplight/node_modules node_modules
COPY package.json package-lock.json LICENSE lamplight.ts ./
COPY tools/health.mjs tools/
COPY devices devices
COPY ledger ledger
COPY gateway gateway
COPY dashboard dashboard
COPY --from=page /opt/lamplight/dashboard/dist dashboard/dist
COPY --from=page /opt/lamplight/ledger/verify/dist ledger/verify/dist
USER 10001:10001
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["node", "tools/health.mjs", "gateway", "/data"]
# node itself, not through a shell: it must get the signal to stop.
ENTRYPOINT ["node", "lamplight.ts"]
CMD ["gateway", "--prepare", "--data", "/data"]
