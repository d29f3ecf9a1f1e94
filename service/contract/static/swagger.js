// Starts Swagger UI on the document that the page names. Its dark theme, which it has under a class, is shown where
// the system is dark, before the first paint and whenever that changes.
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
const followSystem = () => document.documentElement.classList.toggle("dark-mode", systemIsDark.matches);
followSystem();
systemIsDark.addEventListener("change", followSystem);

window.addEventListener("load", () => {
  const root = document.getElementById("swagger-ui");
  window.ui = SwaggerUIBundle({
    domNode: root,
    url: root.dataset.document,
    presets: [SwaggerUIBundle.presets.apis],
    layout: "BaseLayout",
    deepLinking: true,
    docExpansion: root.dataset.expansion,
    defaultModelsExpandDepth: 0,
    persistAuthorization: false,
    tryItOutEnabled: true,
    validatorUrl: null,
  });
});
