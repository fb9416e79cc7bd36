# Collector and dashboard in one image. The same image runs the example shop in docker-compose.yml.
FROM node:22-bookworm-slim AS build
WORKDIR /vedette
COPY . .
RUN npx -y pnpm@12 install --frozen-lockfile && npx -y pnpm@12 build

FROM node:22-bookworm-slim
WORKDIR /vedette
COPY --from=build --chown=node:node /vedette /vedette
RUN mkdir /data && chown node:node /data
USER node
ENV NODE_ENV=production VEDETTE_HOST=0.0.0.0 VEDETTE_DATA=/data
VOLUME /data
EXPOSE 4400
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4400/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "apps/cli/dist/main.js", "start"]
