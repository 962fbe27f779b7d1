#include "elements/net/http_index.h"

#include "core/base/buffer.h"
#include "core/data/json.h"
#include "core/net/url.h"

namespace blox {
namespace {

using Struct = Datum::Struct;

Datum json_schema(const Type& type);

Datum json_schema_of_fields(const std::vector<Field>& fields) {
  Struct properties;
  Datum::List required;
  for (const Field& field : fields) {
    properties.emplace_back(field.name, json_schema(field.type));
    if (!field.type.nullable()) required.emplace_back(field.name);
  }
  Struct out{{"type", "object"}, {"properties", Datum(std::move(properties))}};
  if (!required.empty()) out.emplace_back("required", Datum(std::move(required)));
  out.emplace_back("additionalProperties", false);
  return Datum(std::move(out));
}

Datum json_schema(const Type& type) {
  Struct out;
  switch (type.kind()) {
    case Kind::kBool: out = {{"type", "boolean"}}; break;
    case Kind::kInt: out = {{"type", "integer"}, {"format", "int64"}}; break;
    case Kind::kFloat: out = {{"type", "number"}}; break;
    case Kind::kString: out = {{"type", "string"}}; break;
    case Kind::kBytes: out = {{"type", "string"}, {"contentEncoding", "base64"}}; break;
    case Kind::kTime: out = {{"type", "string"}, {"format", "date-time"}}; break;
    case Kind::kList: out = {{"type", "array"}, {"items", json_schema(type.item())}}; break;
    case Kind::kStruct: out = *json_schema_of_fields(type.fields()).get_if<Struct>(); break;
    case Kind::kAny: return Datum(Struct{});
  }
  if (type.nullable()) {
    out[0].second = Datum(Datum::List{out[0].second, Datum("null")});
  }
  return Datum(std::move(out));
}

Datum content(std::string_view media, Datum schema) {
  return Datum(Struct{{std::string(media), Datum(Struct{{"schema", std::move(schema)}})}});
}

std::string path_of(const std::string& name) { return "/" + percent_encode(name); }

}  // namespace

std::string http_index(const std::vector<HttpMethodInfo>& methods) {
  Datum::List list;
  for (const HttpMethodInfo& method : methods) {
    list.emplace_back(Struct{{"name", method.name},
                             {"path", path_of(method.name)},
                             {"question", method.question.as_type().to_string()},
                             {"answer", "[" + method.answer.as_type().to_string() + "]"}});
  }
  return to_json(Datum(Struct{{"methods", Datum(std::move(list))}})) + "\n";
}

std::string http_openapi(const std::vector<HttpMethodInfo>& methods, const std::string& title) {
  Struct paths;
  for (const HttpMethodInfo& method : methods) {
    Datum records(Struct{{"type", "array"}, {"items", json_schema_of_fields(method.answer.fields())}});
    Struct responses{{"200", Datum(Struct{{"description", "the records of the answer"},
                                          {"content", content("application/json", std::move(records))}})},
                     {"default", Datum(Struct{{"description", "why there is no answer, as {\"error\": text}"}})}};
    Struct body{{"required", true},
                {"content", content("application/json", json_schema_of_fields(method.question.fields()))}};
    Struct post{{"operationId", method.name},
                {"requestBody", Datum(std::move(body))},
                {"responses", Datum(std::move(responses))}};
    paths.emplace_back(path_of(method.name), Datum(Struct{{"post", Datum(std::move(post))}}));
  }
  return to_json(Datum(Struct{{"openapi", "3.1.0"},
                              {"info", Datum(Struct{{"title", title}, {"version", "1"}})},
                              {"paths", Datum(std::move(paths))}})) +
         "\n";
}

}  // namespace blox
