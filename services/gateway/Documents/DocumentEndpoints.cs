using System.Net.Mime;
using Jiceng.Gateway.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Jiceng.Gateway.Documents;

/// <summary>The section <c>Contracts</c>.</summary>
internal sealed class ContractsSettings
{
    /// <summary>Whether the contracts are shown to callers without a token; they hold no data.</summary>
    public bool Public { get; set; } = true;
}

/// <summary>Marks the endpoints of this folder, which are neither calls nor the gateway's own health.</summary>
internal sealed class DocumentMetadata;

internal static class DocumentEndpoints
{
    /// <summary>Where the page is that shows the methods.</summary>
    public const string PagePath = "/docs";

    /// <summary>
    /// What the page may load: its own files, the small pictures inside its style sheet, and the style inside its logo (the hash; without it the logo is
    /// black on black). It calls this gateway and nobody else.
    /// </summary>
    public const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; img-src 'self' data:; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    public static void AddDocuments(this IServiceCollection services)
    {
        services.AddOptions<ContractsSettings>().BindConfiguration("Contracts");
        services.AddSingleton<OpenApiGenerator>();
        services.AddSingleton<ContractDocuments>();
    }

    public static void MapDocuments(this WebApplication app)
    {
        var open = app.Services.GetRequiredService<IOptions<ContractsSettings>>().Value.Public;
        var documents = app.Services.GetRequiredService<ContractDocuments>();
        foreach (var (path, document) in documents.All) Mark(app.MapMethods(path, Reading, document.ServeAsync));
        Mark(app.MapMethods("/contracts", Reading, context =>
        {
            context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Accept);
            var html = context.Request.GetTypedHeaders().Accept.Any(type => type.MediaType.Equals(MediaTypeNames.Text.Html, StringComparison.OrdinalIgnoreCase));
            return (html ? documents.Page : documents.Index).ServeAsync(context);
        }));
        Mark(app.MapSwaggerUI(PagePath.TrimStart('/'), options =>
        {
            options.DocumentTitle = "Jiceng 基层";
            options.SwaggerEndpoint(ContractDocuments.English, "English");
            options.SwaggerEndpoint(ContractDocuments.Chinese, "中文");
            options.EnableDeepLinking();
            options.EnableFilter();
            options.DocExpansion(Swashbuckle.AspNetCore.SwaggerUI.DocExpansion.None);
            options.DefaultModelsExpandDepth(0);
        }));

        void Mark(IEndpointConventionBuilder endpoint)
        {
            endpoint.WithMetadata(new DocumentMetadata());
            if (open) endpoint.AllowAnonymous();
            else endpoint.RequireAuthorization();
        }
    }

    public static bool IsDocument(this HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<DocumentMetadata>() is not null;
}
