// Starts Swagger UI on our schema. Module scripts run after the deferred bundle, which defines SwaggerUIBundle.

const place = document.getElementById("api-docs");

const withToken = (request) => {
  const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  if (cookie && request.method !== "GET") request.headers["X-CSRFToken"] = cookie[1];
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
