// Starts Swagger UI on our schema. Module scripts run after the deferred bundle, which defines SwaggerUIBundle.

import { csrfCookie } from "./csrf.js";

const place = document.getElementById("api-docs");

const withToken = (request) => {
  const token = csrfCookie();
  if (token && request.method !== "GET") request.headers["X-CSRFToken"] = token;
  return request;
};

window.SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  requestInterceptor: withToken,
  validatorUrl: null,
});
