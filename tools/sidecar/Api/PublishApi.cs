using Jiceng.Sidecar.Events;
using Jiceng.Sidecar.Publishing;

namespace Jiceng.Sidecar.Api;

internal static class PublishApi
{
    public static readonly string[] Methods = ["POST", "PUT"];

    private const string MetadataPrefix = "metadata.";

    public static void Map(WebApplication app, Publisher publisher, long bodyLimit) => app.MapMethods("/v1.0/publish/{pubsub}/{**topic:minlength(1)}", Methods, async context =>
    {
        var (pubsub, topic) = Target(context, publisher);
        var body = await ReadBodyAsync(context, bodyLimit, pubsub.Name, topic);
        var metadata = Metadata(context.Request);
        var message = new Outgoing(context.Request.ContentType ?? "", body, metadata, Publisher.IsRaw(pubsub, metadata));
        await publisher.PublishAsync(pubsub, topic, message, Trace(context.Request), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    });

    public static (Pubsub Pubsub, string Topic) Target(HttpContext context, Publisher publisher)
    {
        var topic = context.GetRouteValue("topic") as string ?? "";
        return (publisher.Find(context.GetRouteValue("pubsub") as string ?? "", topic), topic);
    }

    /// <summary>
    /// Reads the whole body. A body over the limit is read to its end too, so that the caller gets an error instead of a broken pipe.
    /// </summary>
    public static async Task<byte[]> ReadBodyAsync(HttpContext context, long limit, string pubsub, string topic)
    {
        using var body = new MemoryStream();
        var chunk = new byte[16 * 1024];
        var total = 0L;
        try
        {
            for (int read; (read = await context.Request.Body.ReadAsync(chunk, context.RequestAborted)) > 0;)
            {
                total += read;
                if (total <= limit) body.Write(chunk, 0, read);
            }
        }
        catch (BadHttpRequestException e)
        {
            throw ApiError.Publish(pubsub, topic, e.Message);
        }

        return total <= limit ? body.ToArray() : throw ApiError.Publish(pubsub, topic, $"the request body is larger than {limit} bytes");
    }

    public static Dictionary<string, string> Metadata(HttpRequest request) => request.Query
        .Where(pair => pair.Key.StartsWith(MetadataPrefix, StringComparison.Ordinal))
        .ToDictionary(pair => pair.Key[MetadataPrefix.Length..], pair => pair.Value.ToString());

    public static TraceFields Trace(HttpRequest request) => new(request.Headers["traceparent"].ToString(), request.Headers["tracestate"].ToString());
}
