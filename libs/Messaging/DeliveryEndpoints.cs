using System.Net;
using System.Security.Cryptography;
using System.Text;
using Jiceng.Domain;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Jiceng.Messaging;

/// <summary>
/// Receives deliveries from the sidecar. deploy/dapr lists the topics; a test holds it equal to the subscriptions here.
/// Only a sidecar may: it calls from the loopback address, with the token of APP_API_TOKEN when one is set.
/// </summary>
internal static partial class DeliveryEndpoints
{
    private const string Route = "events/";
    private const string DeadRoute = $"{Route}dead";

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var token = endpoints.ServiceProvider.GetRequiredService<IConfiguration>()["APP_API_TOKEN"];
        var group = endpoints.MapGroup("").AllowAnonymous().AddEndpointFilter(async (context, next) =>
        {
            if (!MayDeliver(context.HttpContext, token)) return Results.StatusCode(StatusCodes.Status401Unauthorized);
            try
            {
                return await next(context);
            }
            catch (BadHttpRequestException unread)
            {
                // Too large, too slow or cut off: the sender's failure, which the server would log as ours.
                return Results.StatusCode(unread.StatusCode);
            }
        });
        foreach (var topic in endpoints.ServiceProvider.GetRequiredService<Subscriptions>().Topics) group.MapPost($"{Route}{topic}", ReceiveAsync);
        group.MapPost(DeadRoute, ReceiveDeadAsync);
    }

    private static async Task<IResult> ReceiveAsync(HttpContext context, EventDispatcher dispatcher, ILogger<EventDispatcher> logger)
    {
        var message = await BodyAsync(context);
        try
        {
            await dispatcher.DispatchAsync(CloudEvents.Read(message), context.RequestAborted);
            return Reply("SUCCESS");
        }
        catch (MalformedEventException malformed)
        {
            // Moved to the dead letters at once: it will be as malformed the next time.
            Malformed(logger, malformed.Message);
            return Reply("DROP");
        }
        catch (ApiException refused)
        {
            Refused(logger, refused.Reason.Reason);
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }
        catch (Exception failure) when (!context.RequestAborted.IsCancellationRequested)
        {
            Failed(logger, failure);
            return Results.StatusCode(StatusCodes.Status500InternalServerError);
        }
    }

    private static async Task<IResult> ReceiveDeadAsync(HttpContext context, DeadLetters deadLetters)
    {
        try
        {
            await deadLetters.ReceiveAsync(await BodyAsync(context), context.RequestAborted);
            return Reply("SUCCESS");
        }
        catch (ApiException)
        {
            return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static bool MayDeliver(HttpContext context, string? token)
    {
        if (!string.IsNullOrEmpty(token))
        {
            return CryptographicOperations.FixedTimeEquals(
                Encoding.UTF8.GetBytes(context.Request.Headers["dapr-api-token"].ToString()), Encoding.UTF8.GetBytes(token));
        }

        return context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address);
    }

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }

    private static IResult Reply(string status) => Results.Text($$"""{"status":"{{status}}"}""", "application/json");

    [LoggerMessage(Level = LogLevel.Warning, Message = "A message is malformed ({Problem}); it goes to the dead letters")]
    private static partial void Malformed(ILogger logger, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "An event was refused by its handler: {Reason}; the sidecar delivers it again")]
    private static partial void Refused(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "An event could not be handled; the sidecar delivers it again")]
    private static partial void Failed(ILogger logger, Exception failure);
}
