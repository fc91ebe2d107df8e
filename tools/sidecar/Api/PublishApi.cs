using Jiceng.Sidecar.Events;
using Jiceng.Sidecar.Publishing;

namespace Jiceng.Sidecar.Api;

internal static class PublishApi
{
    public static readonly string[] Methods = ["POST", "PUT"];

    private const string MetadataPrefix = "metadata.";

    public static void Map(WebApplication app, Publisher publisher) => app.MapMethods("/v1.0/publish/{pubsub}/{**topic}", Methods, async context =>
    {
        var (pubsub, topic) = Target(context, publisher);
        var body = await ReadBodyAsync(context, pubsub.Name, topic);
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

    public static async Task<byte[]> ReadBodyAsync(HttpContext context, string pubsub, string topic)
    {
        try
        {
            using var buffer = new MemoryStream();
            await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
            return buffer.ToArray();
        }
        catch (BadHttpRequestException e)
        {
            throw ApiError.Publish(pubsub, topic, e.Message);
        }
    }

    public static Dictionary<string, string> Metadata(HttpRequest request) => request.Query
        .Where(pair => pair.Key.StartsWith(MetadataPrefix, StringComparison.Ordinal))
        .ToDictionary(pair => pair.Key[MetadataPrefix.Length..], pair => pair.Value.ToString());

    public static TraceFields Trace(HttpRequest request) => new(request.Headers["traceparent"].ToString(), request.Headers["tracestate"].ToString());
}
