using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Jiceng.Hosting;

/// <summary>Startup failures that a change of configuration fixes are reported in one line, without a stack trace.</summary>
internal static class StartFailure
{
    /// <summary>One line per problem; null when the failure is not one of configuration.</summary>
    public static IReadOnlyList<string>? Describe(Exception e) => e switch
    {
        OptionsValidationException options => [.. options.Failures],
        AggregateException many when many.InnerExceptions.All(inner => Describe(inner) is not null) =>
            [.. many.InnerExceptions.SelectMany(inner => Describe(inner)!)],
        IOException { InnerException: AddressInUseException } taken => [taken.Message],
        FormatException or FileNotFoundException or DirectoryNotFoundException or InvalidDataException => [e.Message],
        _ => null,
    };
}
