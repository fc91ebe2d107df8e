using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Dapr;

/// <summary>Puts the data of a structured CloudEvent in the place of the event, so that handlers see their own payload.</summary>
internal sealed class CloudEventsMiddleware(RequestDelegate next, CloudEventsMiddlewareOptions options)
{
    private const string CloudEventsJson = "application/cloudevents+json";
    private static readonly string[] NeverHeaders = ["data", "data_base64", "datacontenttype", "pubsubname", "traceparent"];

    public async Task InvokeAsync(HttpContext context)
    {
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || type.MediaType != CloudEventsJson)
        {
            await next(context);
            return;
        }

        var envelope = await ReadAsync(context.Request, type);
        var data = Property(envelope, "data");
        var binary = Property(envelope, "data_base64");
        if (data is not null && binary is not null)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        var (dataType, isJson) = DataType(envelope);
        var payload = data is null
            ? binary?.GetBytesFromBase64() ?? []
            : Payload(data.Value, isJson);
        AddHeaders(context.Request.Headers, envelope);
        await NextWithAsync(context, payload, data is null && binary is null ? null : dataType);
    }

    private static async Task<JsonElement> ReadAsync(HttpRequest request, MediaTypeHeaderValue type)
    {
        if (type.Encoding is null || type.Encoding.CodePage == Encoding.UTF8.CodePage)
            return await JsonSerializer.DeserializeAsync<JsonElement>(request.Body);
        using var reader = new StreamReader(request.Body, type.Encoding);
        return JsonSerializer.Deserialize<JsonElement>(await reader.ReadToEndAsync());
    }

    private byte[] Payload(JsonElement data, bool isJson) =>
        data.ValueKind == JsonValueKind.String && !isJson && !options.SuppressJsonDecodingOfTextPayloads
            ? Encoding.UTF8.GetBytes(data.GetString()!)
            : JsonSerializer.SerializeToUtf8Bytes(data);

    private static (string Type, bool IsJson) DataType(JsonElement envelope)
    {
        var declared = Property(envelope, "datacontenttype");
        if (declared is not { ValueKind: JsonValueKind.String } || !MediaTypeHeaderValue.TryParse(declared.Value.GetString(), out var type))
            return ("application/json", true);
        var isJson = type.MediaType == "application/json" || type.Suffix == "json";
        if (type.Charset.HasValue)
            type.Charset = default;
        return (type.ToString(), isJson);
    }

    private void AddHeaders(IHeaderDictionary headers, JsonElement envelope)
    {
        if (!options.ForwardCloudEventPropertiesAsHeaders)
            return;
        foreach (var property in envelope.EnumerateObject().Where(property => BecomesHeader(property.Name)))
        {
            headers.TryAdd($"Cloudevent.{property.Name.ToLowerInvariant()}", property.Value.GetRawText().Trim('"'));
        }
    }

    private bool BecomesHeader(string name)
    {
        if (NeverHeaders.Contains(name, StringComparer.OrdinalIgnoreCase))
            return false;
        return options.IncludedCloudEventPropertiesAsHeaders is { } included
            ? included.Contains(name, StringComparer.OrdinalIgnoreCase)
            : options.ExcludedCloudEventPropertiesFromHeaders?.Contains(name, StringComparer.OrdinalIgnoreCase) != true;
    }

    private async Task NextWithAsync(HttpContext context, byte[] payload, string? contentType)
    {
        var (body, type) = (context.Request.Body, context.Request.ContentType);
        try
        {
            context.Request.Body = new MemoryStream(payload);
            context.Request.ContentType = contentType;
            await next(context);
        }
        finally
        {
            context.Request.Body = body;
            context.Request.ContentType = type;
        }
    }

    private static JsonElement? Property(JsonElement envelope, string name)
    {
        foreach (var property in envelope.EnumerateObject())
        {
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return property.Value;
        }

        return null;
    }
}
