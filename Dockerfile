# The server alone, as a province runs it: no shell, no root, one port. TLS ends in front of it.

# The camera reader of the verifier page, exactly as locked.
FROM node:22-bookworm-slim AS npm
WORKDIR /web
COPY src/OneCode.Web/package.json src/OneCode.Web/package-lock.json src/OneCode.Web/.npmrc src/OneCode.Web/vendor.mjs ./
RUN npm ci --no-audit --no-fund && node vendor.mjs

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /repository
COPY global.json .editorconfig ./
COPY src/ src/
COPY docs/integrate/ docs/integrate/
COPY --from=npm /web/node_modules/ src/OneCode.Web/node_modules/
# The stamp tells the build that npm has run; it must be newer than the lock file.
RUN touch src/OneCode.Web/node_modules/.installed \
  && dotnet restore src/Identity.Server --locked-mode \
  && dotnet publish src/Identity.Server --no-restore -c Release -o /app

FROM busybox:1.37-musl AS probe

# "extra" has ICU, which the Chinese and English pages need.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled-extra
COPY --from=build /app /app
# One static program for the health check, since there is no shell to run one.
COPY --from=probe /bin/busybox /usr/bin/wget
WORKDIR /app
ENV ASPNETCORE_HTTP_PORTS=8080 DOTNET_EnableDiagnostics=0
EXPOSE 8080
USER $APP_UID
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s CMD ["/usr/bin/wget", "-q", "-O", "/dev/null", "http://localhost:8080/health/ready"]
ENTRYPOINT ["dotnet", "Identity.Server.dll"]
